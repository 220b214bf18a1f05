import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';
import { loadBytes, type SourceDeps } from './source.ts';

/** Small enough that several fit, large enough for photographs. */
const largestShare = 1 / 4;

/** What is known of an original takes memory too, however small it is. */
const maxOriginals = 2_000;

interface Read<Bytes> {
  readonly etag: string;
  readonly bytes: Bytes;
}

/** Originals read last, within a budget of bytes: one page asks for many sizes of the same picture. */
export class Sources {
  readonly #deps: SourceDeps;
  readonly #read: LRUCache<string, Read<Buffer>>;
  readonly #reading = new Map<string, Read<Promise<Buffer>>>();

  constructor(deps: SourceDeps, maxBytes: number) {
    this.#deps = deps;
    this.#read = new LRUCache({
      max: maxOriginals,
      maxSize: maxBytes,
      maxEntrySize: Math.floor(maxBytes * largestShare),
      sizeCalculation: ({ bytes }) => Math.max(1, bytes.length),
    });
  }

  /** @throws `file/file-too-large`, `file/not-found` */
  async load(file: File): Promise<Buffer> {
    const { key, etag } = file;
    const known = [this.#read.get(key), this.#reading.get(key)].find((read) => read?.etag === etag);
    if (known) return known.bytes;
    const reading = { etag, bytes: loadBytes(this.#deps, file) };
    this.#reading.set(key, reading);
    try {
      const bytes = await reading.bytes;
      // News that came meanwhile have taken it out.
      if (this.#reading.get(key) === reading) this.#read.set(key, { etag, bytes });
      return bytes;
    } finally {
      if (this.#reading.get(key) === reading) this.#reading.delete(key);
    }
  }

  /** A file that changed or went is not kept in memory for nobody. */
  forget(key: string): void {
    this.#read.delete(key);
    this.#reading.delete(key);
  }
}
