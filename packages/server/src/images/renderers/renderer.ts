import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { StorageError } from '@bkend/storage-contract';
import { startConfined } from '../../confinement/start-confined.ts';
import { builtFile } from '../../package-file.ts';
import type { FaceDetector } from '../faces/faces.ts';
import type { MadeImage } from '../make-image.ts';
import type { FromRenderer, SentForeign, SentWork, ToRenderer } from './renderer-messages.ts';

/**
 * The kernel's limit, well above the gigabyte at which the process ends itself: libraries for SVG take a refused allocation for an
 * empty image.
 */
const maxMemoryBytes = 4 * 1024 * 1024 * 1024;

/**
 * Wall-clock time of work, after which the host ends the process. CPU time is what work is measured by, and machines are busy: this is for
 * processes that hang.
 */
const maxWallClockMs = 30_000;

/** The process was ended over its work. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
  /** `budget`: it took too much CPU time or memory; `clock`: its wall-clock time was over. */
  readonly by: 'budget' | 'clock';

  constructor(by: BudgetExceeded['by']) {
    super(`The work took too much ${by === 'clock' ? 'time' : 'CPU time or memory'}.`);
    this.by = by;
  }
}

export interface RendererWork {
  readonly work: SentWork;
  /** Answers the renderer's questions for faces. */
  readonly detector: FaceDetector | undefined;
  /** Ends the process when it aborts. */
  readonly signal: AbortSignal;
}

type Result = Extract<FromRenderer, { made: unknown } | { decoded: unknown }>;

/** A confined process that makes one image at a time, and can be ended during it. */
export class Renderer {
  readonly #child: ChildProcess;
  #isAlive = true;

  /** @param niceness 0 to 19 */
  static async start(niceness: number): Promise<Renderer> {
    const file = builtFile('renderer-process.js');
    const child = await startConfined({ file, args: [String(niceness)], maxMemoryBytes });
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('The renderer did not start.'))),
    ]);
    // It must not keep this process alive.
    child.unref();
    child.channel?.unref();
    return new Renderer(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.once('exit', () => {
      this.#isAlive = false;
    });
    // It may break while idle; the next work starts another.
    child.on('error', () => {});
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  end(): void {
    this.#isAlive = false;
    this.#child.kill('SIGKILL');
  }

  /** @throws {BudgetExceeded}, the reason of the signal, and as `makeImage` does */
  async make({ work, detector, signal }: RendererWork): Promise<MadeImage> {
    const answer = await this.#ask({ work }, { detector, signal });
    if ('made' in answer) return answer.made;
    throw new Error('The renderer made no image.');
  }

  /** @throws {BudgetExceeded}, the reason of the signal, and as `standInOf` does */
  async decode(foreign: SentForeign, signal: AbortSignal): Promise<Buffer> {
    const answer = await this.#ask({ foreign }, { detector: undefined, signal });
    if ('decoded' in answer) return Buffer.from(answer.decoded);
    throw new Error('The renderer decoded nothing.');
  }

  #ask(question: ToRenderer, { detector, signal }: Omit<RendererWork, 'work'>): Promise<Result> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const endWith = (error: unknown) => {
        this.end();
        settle(() => reject(error));
      };
      const timeout = setTimeout(() => endWith(new BudgetExceeded('clock')), maxWallClockMs);
      const onAbort = () => endWith(signal.reason);
      const onEnd = () => endWith(new BudgetExceeded('budget'));
      const onMessage = (message: FromRenderer) => {
        if (message === 'ready') return;
        if ('look' in message) void this.#detect(message.look, detector);
        else settle(() => ('error' in message ? reject(errorOf(message.error)) : resolve(message)));
      };
      const settle = (report: () => void) => {
        clearTimeout(timeout);
        child.off('message', onMessage).off('exit', onEnd).off('error', onEnd);
        signal.removeEventListener('abort', onAbort);
        report();
      };
      child.on('message', onMessage).on('exit', onEnd).on('error', onEnd);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      else this.#send(question);
    });
  }

  async #detect(image: Parameters<FaceDetector['detect']>[0], detector: FaceDetector | undefined) {
    const faces = await detector?.detect(image).catch(() => undefined);
    if (this.#isAlive) this.#send({ faces });
  }

  /** A failure to send is followed by `error` or `exit` of the process. */
  #send(message: ToRenderer): void {
    this.#child.send(message, () => {});
  }
}

function errorOf({ code, message, details }: Extract<FromRenderer, { error: unknown }>['error']) {
  return new StorageError(code, message, { details });
}
