/** How many faces smart crops keep, with and without looking for them: `npx tsx packages/server/test/images/faces/measure.ts`. */
import sharp from 'sharp';
import { FaceThread } from '../../../src/images/faces/face-thread.ts';
import { detectorSides } from '../../../src/images/faces/faces.ts';
import { findModel } from '../../../src/images/faces/weights.ts';
import { countKeptFaces } from './kept-faces.ts';
import { scenesWithFaces } from './scenes.ts';

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
for (const side of detectorSides) console.log(`one look at ${side} pixels:`, await timeDetection(side));

/** On the thread, without making the small image; the first ones warm up. */
async function timeDetection(side: number): Promise<string> {
  const times: number[] = [];
  const cpu: number[] = [];
  for (const { image } of scenes) {
    const { data, info } = await sharp(image)
      .resize(side, side, { fit: 'inside' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const start = performance.now();
    const spent = process.cpuUsage();
    await thread.detect({ ...info, data });
    const { user, system } = process.cpuUsage(spent);
    times.push(performance.now() - start);
    cpu.push((user + system) / 1000);
  }
  const median = (values: number[]) =>
    `${values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]?.toFixed(0)} ms`;
  return `${median(times)}, ${median(cpu)} of a core`;
}
