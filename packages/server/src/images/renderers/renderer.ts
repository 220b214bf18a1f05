import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { StorageError } from '@bkend/storage-contract';
import { startConfined } from '../../confinement/start-confined.ts';
import { builtFile } from '../../package-file.ts';
import type { FaceDetector } from '../faces/face-detector.ts';
import type { MadePicture } from '../make-picture.ts';
import type { FromRenderer, SentWork, ToRenderer } from './renderer-messages.ts';

/**
 * The kernel's limit, well above the gigabyte at which the process ends itself: libraries that draw take a refused allocation
 * for an empty picture.
 */
const maxMemoryBytes = 4 * 1024 * 1024 * 1024;

/**
 * How much longer than its CPU budget work may take by the clock: on a busy machine, and where a process waits. Beyond, the process
 * is ended from outside.
 */
const patienceFactor = 1.75;

/** The process has ended over its work. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
  /** `budget`: it took too much CPU time or memory; `clock`: it was not done in time. */
  readonly by: 'budget' | 'clock';

  constructor(by: BudgetExceeded['by']) {
    super(`The work took too much ${by === 'clock' ? 'time' : 'CPU time or memory'}.`);
    this.by = by;
  }
}

/** A confined process that makes one picture at a time, and can be ended in the middle of it. */
export class Renderer {
  readonly #child: ChildProcess;
  #isAlive = true;

  /** @param niceness 0 to 19: by how much it gives way to other processes */
  static async start(niceness: number): Promise<Renderer> {
    const file = builtFile('renderer-process.js');
    const child = await startConfined({ file, args: [String(niceness)], maxMemoryBytes });
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('The process for pictures did not start.'))),
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
    // It may break while it has nothing to do; the next work starts another.
    child.on('error', () => {});
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  end(): void {
    this.#isAlive = false;
    this.#child.kill('SIGKILL');
  }

  /**
   * @param detector answers where faces are, when the renderer wants to know
   * @throws {BudgetExceeded}, and as `makePicture` does
   */
  make(work: SentWork, detector: FaceDetector | undefined): Promise<MadePicture> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        this.end();
        settle(() => reject(new BudgetExceeded('clock')));
      }, work.budgetMs * patienceFactor);
      const onEnd = () => {
        this.end();
        settle(() => reject(new BudgetExceeded('budget')));
      };
      const onMessage = (message: FromRenderer) => {
        if (message === 'ready') return;
        if ('look' in message) void this.#look(message.look, detector);
        else settle(() => ('made' in message ? resolve(message.made) : reject(errorOf(message.refusal))));
      };
      const settle = (tell: () => void) => {
        clearTimeout(giveUp);
        child.off('message', onMessage).off('exit', onEnd).off('error', onEnd);
        tell();
      };
      child.on('message', onMessage).on('exit', onEnd).on('error', onEnd);
      this.#send({ work });
    });
  }

  async #look(picture: Parameters<FaceDetector['detect']>[0], detector: FaceDetector | undefined) {
    const faces = await detector?.detect(picture).catch(() => undefined);
    if (this.#isAlive) this.#send({ faces });
  }

  /** A failure to send comes as an `error` or `exit` of the process. */
  #send(message: ToRenderer): void {
    this.#child.send(message, () => {});
  }
}

function errorOf({ code, message, details }: Extract<FromRenderer, { refusal: unknown }>['refusal']) {
  return new StorageError(code, message, { details });
}
