import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { FaceReply, FaceThreadData } from './face-thread.ts';
import { type RgbPicture, TinyFaceDetector } from './tiny-face-detector.ts';
import { readWeights } from './weights.ts';

/** The other end of face-thread.ts: looks at the pictures it is sent, one by one. */

/** Below it, what looks like a face seldom is one. */
const minScore = 0.4;

const { directory, niceness }: FaceThreadData = workerData;
yieldToOthers();
const detector = new TinyFaceDetector(await readWeights(directory));

parentPort?.on('message', (picture: RgbPicture) => {
  const reply: FaceReply = { faces: detector.detect(picture, minScore) };
  parentPort?.postMessage(reply);
});

/** On Linux a priority belongs to a thread; elsewhere it would be the whole process's. */
function yieldToOthers(): void {
  if (process.platform !== 'linux' || niceness === 0) return;
  try {
    setPriority(niceness);
  } catch {
    // The system does not let us: then everything is as it was.
  }
}
