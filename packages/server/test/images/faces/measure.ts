/** How many faces smart crops keep, with and without looking for them: `npx tsx packages/server/test/images/faces/measure.ts`. */
import sharp from 'sharp';
import { detectorSide } from '../../../src/images/faces/face-detector.ts';
import { FaceThread } from '../../../src/images/faces/face-thread.ts';
import { findModel } from '../../../src/images/faces/weights.ts';
import { countKeptFaces } from './kept-faces.ts';
import { type Scene, scenesWithFaces } from './scenes.ts';

const sizes = [
  { width: 300, height: 300 },
  { width: 300, height: 100 },
  { width: 100, height: 300 },
  { width: 320, height: 180 },
];

const directory = findModel();
if (directory === undefined) throw new Error('The package with the detector is not installed.');
await using thread = new FaceThread({ directory, niceness: 0, onFailure: console.error });
const scenes = await scenesWithFaces();
const attention = await countKeptFaces(scenes, sizes, {});
const looking = await countKeptFaces(scenes, sizes, { faceDetector: thread });
const share = (count = 0, of = 0) => `${((100 * count) / of).toFixed(0)} %`;
const rows = attention.map(({ faces, kept, possible }, index) => ({
  size: `${sizes[index]?.width}x${sizes[index]?.height}`,
  faces,
  'kept whole with attention': share(kept, faces),
  'with faces looked for': share(looking[index]?.kept, faces),
  'at most': share(possible, faces),
}));
console.table(rows);
console.log('one look:', await timeDetection(scenes));

/** On the thread, without making the small picture; the first ones warm up. */
async function timeDetection(shown: readonly Scene[]): Promise<string> {
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (const { picture } of shown) {
    const { data, info } = await sharp(picture)
      .resize(detectorSide, detectorSide, { fit: 'inside' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const start = performance.now();
    await thread.detect({ ...info, data });
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(cpu);
  const median = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  const milliseconds = (value: number) => `${value.toFixed(0)} ms`;
  return `median ${milliseconds(median)}, CPU with decoding ${milliseconds((user + system) / 1000 / shown.length)}`;
}
