import { Worker } from 'node:worker_threads';
import { builtFile } from '../../package-file.ts';
import type { FaceDetector } from './faces.ts';
import type { Face } from './faces-in-output.ts';
import type { RgbImage } from './tiny-face-detector.ts';

export interface FaceThreadData {
  /** Directory of the weights. */
  readonly directory: string;
  /** Niceness of the thread, 0 to 19. */
  readonly niceness: number;
}

export interface FaceReply {
  readonly faces: readonly Face[];
}

export interface FaceThreadOptions extends FaceThreadData {
  /** Called with the reason of each failed detection. */
  readonly onFailure: (error: Error) => void;
  /** Timeout of one detection. */
  readonly limitMs?: number;
  /** Idle time after which the thread ends. */
  readonly idleMs?: number;
  /** The thread's file, for tests. */
  readonly workerFile?: string | URL;
}

const defaultLimitMs = 5_000;
/** A new start takes 0.1 s; an idle thread holds up to 100 MB. */
const defaultIdleMs = 60_000;
/** Detections that may wait; with more, a crop by saliency is better than the delay. */
const maxWaiting = 16;
/** Time after a failure in which no detection is tried. */
const pauseMs = 10_000;
/** Heap of the thread; typed arrays are not counted. */
const maxHeapMiB = 64;

/**
 * A thread that detects faces, one image at a time; on the main thread, every other request would wait for it. The first image
 * starts it. It ends after an idle minute, on an error and on a timeout; the next image starts another.
 */
export class FaceThread implements FaceDetector, AsyncDisposable {
  // To be raised whenever the same image gives other faces.
  readonly name = 'tiny-face-detector-1';
  readonly #options: FaceThreadOptions;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #pausedUntil = 0;
  #idleTimeout: NodeJS.Timeout | undefined;

  constructor(options: FaceThreadOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  async detect(image: RgbImage): Promise<readonly Face[]> {
    if (this.#waiting >= maxWaiting) throw new Error('Too many images wait for face detection.');
    this.#waiting++;
    const detected = this.#last.then(() => this.#detect(image)).finally(() => this.#waiting--);
    this.#last = detected.catch(() => {});
    return detected;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idleTimeout);
    await this.#worker?.terminate();
  }

  async #detect(image: RgbImage): Promise<readonly Face[]> {
    if (performance.now() < this.#pausedUntil) throw new Error('Face detection failed a moment ago.');
    clearTimeout(this.#idleTimeout);
    const worker = this.#worker ?? this.#start();
    this.#worker = worker;
    try {
      const faces = await ask(worker, image, this.#options.limitMs ?? defaultLimitMs);
      this.#idleTimeout = setTimeout(() => this.#end(worker), this.#options.idleMs ?? defaultIdleMs).unref();
      return faces;
    } catch (error) {
      this.#pausedUntil = performance.now() + pauseMs;
      await this.#end(worker);
      this.#options.onFailure(error as Error);
      throw error;
    }
  }

  /** Ends the thread; it is forgotten at once, so that the next image starts another. */
  #end(worker: Worker): Promise<number> {
    if (this.#worker === worker) this.#worker = undefined;
    return worker.terminate();
  }

  #start(): Worker {
    const { directory, niceness, workerFile = builtFile('face-worker.js') } = this.#options;
    const workerData: FaceThreadData = { directory, niceness };
    const worker = new Worker(workerFile, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMiB },
    });
    // It may break while it is idle.
    worker.on('error', () => {});
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    // It must not keep the process alive.
    worker.unref();
    return worker;
  }
}

function ask(worker: Worker, image: RgbImage, limitMs: number): Promise<readonly Face[]> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(
      () => settle(() => reject(new Error('Face detection took too long.'))),
      limitMs,
    );
    const onMessage = ({ faces }: FaceReply) => settle(() => resolve(faces));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => onError(new Error('The thread for faces has ended.'));
    const settle = (report: () => void) => {
      clearTimeout(timeout);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      report();
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(image);
  });
}
