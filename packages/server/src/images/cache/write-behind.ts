import type { Rendition } from '../transform/render.ts';
import type { DiskCache } from './disk-cache.ts';
import type { RenditionKey } from './rendition-key.ts';

/** Time for which renditions are gathered before they are written. A crash loses them; they are made again on request. */
const gatherMs = 250;

/** With more waiting bytes, writing begins at once. */
const maxWaitingBytes = 8 * 1024 * 1024;

interface Waiting {
  readonly key: RenditionKey;
  readonly rendition: Rendition;
}

/**
 * A disk cache that writes a moment later, together with everything made meanwhile. A file takes several system calls, and each
 * wakes threads that compete with rendering: written one by one as they are made, small renditions cost a twentieth more than
 * unwritten ones. Written in a row, the difference is hardly measurable.
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

  async find(key: RenditionKey): Promise<Rendition | undefined> {
    return this.#waiting.get(key.result)?.rendition ?? this.#disk.find(key);
  }

  put(key: RenditionKey, rendition: Rendition): void {
    if (this.#waiting.has(key.result)) return;
    this.#waiting.set(key.result, { key, rendition });
    this.#waitingBytes += rendition.bytes.length;
    if (this.#waitingBytes > maxWaitingBytes) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), gatherMs);
  }

  /** Removes every rendition of a source, also those that are being written. */
  async remove(source: string): Promise<void> {
    for (const [result, { key, rendition }] of this.#waiting) {
      if (key.source !== source) continue;
      this.#waiting.delete(result);
      this.#waitingBytes -= rendition.bytes.length;
    }
    await this.#disk.remove(source);
    await this.#writing;
    await this.#disk.remove(source);
  }

  /** Writes everything that waits. */
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
      for (const { key, rendition } of due.values()) await this.#disk.put(key, rendition);
    });
  }
}
