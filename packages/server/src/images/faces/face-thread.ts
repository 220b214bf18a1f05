import { Worker } from 'node:worker_threads';
import { builtFile } from '../../package-file.ts';
import type { FaceDetector } from './face-detector.ts';
import type { Face } from './faces-in-output.ts';
import type { RgbPicture } from './tiny-face-detector.ts';

export interface FaceThreadData {
  /** Where the weights are. */
  readonly directory: string;
  /** 0 to 19: by how much the thread gives way to others. */
  readonly niceness: number;
}

export interface FaceReply {
  readonly faces: readonly Face[];
}

export interface FaceThreadOptions extends FaceThreadData {
  /** Told why a look at a picture came to nothing. */
  readonly onFailure: (error: Error) => void;
  /** Longest one look may take. */
  readonly limitMs?: number;
  /** How long the thread stays when nobody asks. */
  readonly idleMs?: number;
  /** The thread's file, where it is not the usual one. */
  readonly workerFile?: string | URL;
}

const defaultLimitMs = 5_000;
/** Starting again takes a tenth of a second; staying takes up to 100 MB. */
const defaultIdleMs = 60_000;
/** More than these would wait longer than looking is worth. */
const maxWaiting = 16;
/** After a failure, pictures do not wait for the next one for so long. */
const restMs = 10_000;
/** It needs a few; what is in typed arrays is not counted. */
const maxHeapMiB = 64;

/**
 * A thread that looks for faces, one picture at a time: on the main thread everything else would wait for it. Started by
 * the first picture, and ended when no more come for a while, when it breaks or when it takes too long; the next picture
 * starts another.
 */
export class FaceThread implements FaceDetector, AsyncDisposable {
  // Raise the number whenever the same picture would give other faces.
  readonly name = 'tiny-face-detector-1';
  readonly #options: FaceThreadOptions;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #restsUntil = 0;
  #leaving: NodeJS.Timeout | undefined;

  constructor(options: FaceThreadOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  async detect(picture: RgbPicture): Promise<readonly Face[]> {
    if (this.#waiting >= maxWaiting) throw new Error('Too many pictures wait to be looked at.');
    this.#waiting++;
    const turn = this.#last;
    const looked = turn.then(() => this.#look(picture)).finally(() => this.#waiting--);
    this.#last = looked.catch(() => {});
    return looked;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#leaving);
    await this.#worker?.terminate();
  }

  async #look(picture: RgbPicture): Promise<readonly Face[]> {
    if (performance.now() < this.#restsUntil) throw new Error('The last look for faces failed a moment ago.');
    clearTimeout(this.#leaving);
    const worker = this.#worker ?? this.#start();
    this.#worker = worker;
    try {
      const faces = await ask(worker, picture, this.#options.limitMs ?? defaultLimitMs);
      this.#leaving = setTimeout(() => this.#leave(worker), this.#options.idleMs ?? defaultIdleMs).unref();
      return faces;
    } catch (error) {
      this.#restsUntil = performance.now() + restMs;
      await this.#leave(worker);
      this.#options.onFailure(error as Error);
      throw error;
    }
  }

  /** At once for whoever asks next, who must not meet a thread that is ending. */
  #leave(worker: Worker): Promise<number> {
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
    // Nobody may be asking when it breaks; whoever asks next is told.
    worker.on('error', () => {});
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    // It must not keep the process alive.
    worker.unref();
    return worker;
  }
}

function ask(worker: Worker, picture: RgbPicture, limitMs: number): Promise<readonly Face[]> {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(
      () => settle(() => reject(new Error('Looking for faces took too long.'))),
      limitMs,
    );
    const onMessage = ({ faces }: FaceReply) => settle(() => resolve(faces));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => onError(new Error('The thread that looks for faces has ended.'));
    const settle = (tell: () => void) => {
      clearTimeout(giveUp);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      tell();
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(picture);
  });
}
