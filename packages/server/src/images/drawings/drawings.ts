import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type ErrorCode, StorageError } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import { startConfined } from '../../confinement/start-confined.ts';
import { builtFile } from '../../package-file.ts';
import type { MadePicture, PictureFile, PictureWork } from '../make-picture.ts';

/** A file with its bytes. */
export interface DrawingFile extends Omit<PictureFile, 'original'> {
  readonly bytes: Buffer;
}

/** What the process is sent: a picture's work as plain data. */
export interface DrawingWork extends Omit<PictureWork, 'file' | 'overlays'> {
  readonly file: DrawingFile;
  readonly overlays: readonly DrawingFile[];
}

/** What the process answers. */
export type DrawingReply =
  | { readonly made: MadePicture }
  | {
      readonly refusal: {
        readonly code: ErrorCode;
        readonly message: string;
        readonly details: Record<string, unknown>;
      };
    };

export interface DrawingsOptions {
  /** 0 to 19: by how much the process gives way to others. */
  readonly niceness: number;
  /** Longest one drawing may take. */
  readonly limitMs?: number;
}

const defaultLimitMs = 4_000;
/** Nobody asks for a drawing for so long: then its process makes room. */
const idleMs = 60_000;
/** How long a drawing that ended its process, or failed after so long, is not tried again, in whichever size. */
const refusedForMs = 60_000;
const costlyMs = 500;
/**
 * The kernel's limit, well above the gigabyte at which the process ends itself: libraries that draw take a refused allocation
 * for an empty picture.
 */
const maxMemoryBytes = 4 * 1024 * 1024 * 1024;

/**
 * Makes pictures of drawings (SVG) in a process of its own, one at a time. A few bytes can ask for hours of drawing, in ways
 * that nobody can count beforehand (a path that crosses itself, glyphs, filters, copies of copies), and no thread can be
 * stopped in the middle; a process can. Started by the first drawing; one that takes too long, or too much memory, ends it,
 * and the next starts another.
 */
export class Drawings implements AsyncDisposable {
  readonly #options: DrawingsOptions;
  readonly #refused = new LRUCache<string, true>({ max: 10_000, ttl: refusedForMs });
  #process: ChildProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: DrawingsOptions) {
    this.#options = options;
  }

  /** @throws as `makePicture` does, and `file/invalid-format` for a drawing that cannot be drawn in time */
  async make(work: PictureWork): Promise<MadePicture> {
    const made = this.#last.then(() => this.#make(work));
    this.#last = made.catch(() => {});
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#end();
  }

  async #make(work: PictureWork): Promise<MadePicture> {
    const names = [work.file, ...work.overlays].map(({ key }) => key).join('\n');
    if (this.#refused.has(names)) throw tooElaborate();
    const drawing = await readAll(work);
    if (this.#closed) throw new StorageError('common/unavailable', 'This server is about to stop.');
    clearTimeout(this.#idle);
    const child = this.#process ?? (await this.#start());
    const startedAt = performance.now();
    try {
      return await ask(child, drawing, this.#options.limitMs ?? defaultLimitMs);
    } catch (error) {
      const isEnded = error instanceof Ended;
      if (isEnded || performance.now() - startedAt > costlyMs) this.#refused.set(names, true);
      if (!isEnded) throw error;
      this.#end();
      throw tooElaborate();
    } finally {
      this.#idle = setTimeout(() => this.#end(), idleMs).unref();
    }
  }

  async #start(): Promise<ChildProcess> {
    const child = await start(this.#options.niceness);
    this.#process = child;
    child.once('exit', () => {
      if (this.#process === child) this.#process = undefined;
    });
    // Nobody may be asking when it breaks; whoever asks next starts another.
    child.on('error', () => {});
    return child;
  }

  #end(): void {
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }
}

/** The process has ended over a drawing, or has to be. */
class Ended extends Error {
  override readonly name = 'Ended';
}

async function start(niceness: number): Promise<ChildProcess> {
  const file = builtFile('drawing-process.js');
  const child = await startConfined({ file, args: [String(niceness)], maxMemoryBytes });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('The process for drawings did not start.'))),
  ]);
  // It must not keep this process alive.
  child.unref();
  child.channel?.unref();
  return child;
}

async function readAll(work: PictureWork): Promise<DrawingWork> {
  const read = async ({ original, ...about }: PictureFile) => ({ ...about, bytes: await original.bytes() });
  return { ...work, file: await read(work.file), overlays: await Promise.all(work.overlays.map(read)) };
}

function ask(child: ChildProcess, work: DrawingWork, limitMs: number): Promise<MadePicture> {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => settle(() => reject(new Ended())), limitMs);
    const onEnd = () => settle(() => reject(new Ended()));
    const onMessage = (reply: DrawingReply) =>
      settle(() => ('made' in reply ? resolve(reply.made) : reject(errorOf(reply.refusal))));
    const settle = (tell: () => void) => {
      clearTimeout(giveUp);
      child.off('message', onMessage).off('exit', onEnd).off('error', onEnd);
      tell();
    };
    child.on('message', onMessage).on('exit', onEnd).on('error', onEnd);
    child.send(work);
  });
}

function errorOf({ code, message, details }: Extract<DrawingReply, { refusal: unknown }>['refusal']) {
  return new StorageError(code, message, { details });
}

function tooElaborate(): StorageError {
  return new StorageError('file/invalid-format', 'This drawing takes too long to draw.');
}
