import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { FaceReply, FaceThreadData } from './face-thread.ts';
import { type RgbImage, TinyFaceDetector } from './tiny-face-detector.ts';
import { readWeights } from './weights.ts';

/** The worker of `face-thread.ts`: detects faces in the images that it is sent, one at a time. */

/** Detections with a lower score are seldom faces. */
const minScore = 0.4;

const { directory, niceness }: FaceThreadData = workerData;
lowerPriority();
const detector = new TinyFaceDetector(await readWeights(directory));

parentPort?.on('message', (image: RgbImage) => {
  const reply: FaceReply = { faces: detector.detect(image, minScore) };
  parentPort?.postMessage(reply);
});

/** On Linux a priority belongs to a thread; elsewhere it would change the whole process. */
function lowerPriority(): void {
  if (process.platform !== 'linux' || niceness === 0) return;
  try {
    setPriority(niceness);
  } catch {
    // The system forbids it: the priority stays as it is.
  }
}
