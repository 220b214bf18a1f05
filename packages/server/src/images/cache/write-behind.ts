import type { Rendering } from '../pipeline/render.ts';
import type { DiskCache } from './disk-cache.ts';
import type { ResultKey } from './result-key.ts';

/** What a crash may lose; it is made again when it is asked for. */
const gatherMs = 250;

/** More than this does not wait. */
const maxWaitingBytes = 8 * 1024 * 1024;

interface Waiting {
  readonly key: ResultKey;
  readonly rendering: Rendering;
}

/**
 * A disk cache that is written to a moment later, with all that was made meanwhile. A file takes several calls, and each of
 * them wakes threads that push pictures off the cores: written one by one as they are made, small pictures cost a
 * twentieth more than not written at all. Written in a row, what that costs can hardly be measured.
 */
export class WriteBehind implements AsyncDisposable {
  readonly #disk: DiskCache;
  #waiting = new Map<string, Waiting>();
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(disk: DiskCache) {
    this.#disk = disk;
  }

  async find(key: ResultKey): Promise<Rendering | undefined> {
    return this.#waiting.get(key.result)?.rendering ?? this.#disk.find(key);
  }

  put(key: ResultKey, rendering: Rendering): void {
    if (this.#waiting.has(key.result)) return;
    this.#waiting.set(key.result, { key, rendering });
    this.#waitingBytes += rendering.bytes.length;
    if (this.#waitingBytes > maxWaitingBytes) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), gatherMs);
  }

  /** Everything made of a file goes, also what is being written at the moment. */
  async forget(source: string): Promise<void> {
    for (const [result, { key, rendering }] of this.#waiting) {
      if (key.source !== source) continue;
      this.#waiting.delete(result);
      this.#waitingBytes -= rendering.bytes.length;
    }
    await this.#disk.forget(source);
    await this.#writing;
    await this.#disk.forget(source);
  }

  /** Writes what waits. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#write();
    await this.#writing;
    await this.#disk[Symbol.asyncDispose]();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const due = this.#waiting;
    this.#waiting = new Map();
    this.#waitingBytes = 0;
    this.#writing = this.#writing.then(async () => {
      for (const { key, rendering } of due.values()) await this.#disk.put(key, rendering);
    });
  }
}
