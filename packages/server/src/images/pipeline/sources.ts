import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import { loadBytes, type SourceDeps } from './source.ts';

/** Small enough that several fit, large enough for photographs. */
const largestShare = 1 / 4;

/** What is known of an original takes memory too, however small it is. */
const maxOriginals = 2_000;

/** Originals read last, within a budget of bytes: one page asks for many sizes of the same picture. */
export class Sources {
  readonly #deps: SourceDeps;
  readonly #read: LRUCache<string, Buffer>;
  readonly #reading = new Map<string, Promise<Buffer>>();

  constructor(deps: SourceDeps, maxBytes: number) {
    this.#deps = deps;
    this.#read = new LRUCache({
      max: maxOriginals,
      maxSize: maxBytes,
      maxEntrySize: Math.floor(maxBytes * largestShare),
      sizeCalculation: (bytes) => Math.max(1, bytes.length),
    });
  }

  /** @throws `file/file-too-large`, `file/not-found` */
  async load(file: File): Promise<Buffer> {
    const name = `${file.key}\n${file.etag}`;
    const read = this.#read.get(name);
    if (read) return read;
    const reading =
      this.#reading.get(name) ?? loadBytes(this.#deps, file).finally(() => this.#reading.delete(name));
    this.#reading.set(name, reading);
    const bytes = await reading;
    this.#read.set(name, bytes);
    return bytes;
  }
}
