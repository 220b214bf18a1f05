import type { Readable } from 'node:stream';
import { type Limits, StorageError } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import { fileNotFound } from '../../files/access.ts';
import type { File } from '../../files/file.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import { Original } from '../pipeline/original.ts';
import { tooManyBytes } from '../pipeline/source.ts';

export interface OriginalsDeps {
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly limits: Limits;
}

interface Known {
  readonly etag: string;
  readonly original: Original;
}

/** No original takes more than this share of the budget. */
const largestShare = 1 / 4;

/** What is known of an original takes memory too, however small it is. */
const maxOriginals = 2_000;

/**
 * Originals used last, within a budget of bytes: one page asks for many sizes of the same picture. Of one that is to make room,
 * the bytes go first and the reduced copies, which spare more than they take, only when it is its turn again.
 */
export class Originals {
  readonly #deps: OriginalsDeps;
  readonly #maxEach: number;
  readonly #known: LRUCache<string, Known>;

  constructor(deps: OriginalsDeps, maxBytes: number) {
    this.#deps = deps;
    this.#maxEach = Math.floor(maxBytes * largestShare);
    this.#known = new LRUCache({
      max: maxOriginals,
      maxSize: maxBytes,
      maxEntrySize: this.#maxEach,
      sizeCalculation: ({ original }) => Math.max(1, original.heldBytes),
      disposeAfter: (known, key, reason) => {
        if (reason !== 'evict' || !known.original.isMoreThanCopies) return;
        known.original.letGoOfBytes();
        this.#known.set(key, known);
      },
    });
  }

  /**
   * The original of a file as it is now. Reading it throws `file/file-too-large`; `file/not-found` when its bytes are gone;
   * and `common/unavailable` when they are not those that were registered.
   */
  of(file: File): Original {
    const { key, etag } = file;
    const known = this.#known.get(key);
    if (known?.etag === etag) return known.original;
    const original: Original = new Original(
      () => fetchOriginal(this.#deps, file),
      () => this.#weigh(key, { etag, original }),
    );
    this.#known.set(key, { etag, original });
    return original;
  }

  /** Of a file that has changed or is gone. Who is working on it still does so, and what they read and make goes with them. */
  forget(key: string): void {
    this.#known.delete(key);
  }

  #weigh(key: string, { etag, original }: Known): void {
    if (!this.#isKnown(key, original)) return;
    if (original.heldBytes > this.#maxEach) original.letGoOfBytes();
    // Another value, for the cache asks for the size of a new one only.
    this.#known.set(key, { etag, original });
  }

  #isKnown(key: string, original: Original): boolean {
    return this.#known.peek(key)?.original === original;
  }
}

/** These very bytes: the ETags of all that is made of them are given before they are read. */
async function fetchOriginal({ objects, limits }: OriginalsDeps, file: File): Promise<Buffer> {
  if (file.sizeBytes > limits.maxSourceImageBytes) throw tooManyBytes(limits.maxSourceImageBytes);
  const object = await objects.get(file.objectKey, { etag: file.etag });
  if (object === undefined) throw fileNotFound();
  const { body, info } = object;
  if (info.sizeBytes > limits.maxSourceImageBytes) {
    body.destroy();
    throw tooManyBytes(limits.maxSourceImageBytes);
  }
  return readWhole(body, info.sizeBytes);
}

/** Into one buffer from the beginning: collecting and joining takes memory several times over, and the collector's time. */
async function readWhole(body: Readable, sizeBytes: number): Promise<Buffer> {
  const whole = Buffer.allocUnsafeSlow(sizeBytes);
  let filled = 0;
  for await (const chunk of body) {
    if (filled + chunk.length > sizeBytes) throw wrongLength();
    whole.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < sizeBytes) throw wrongLength();
  return whole;
}

function wrongLength(): StorageError {
  return new StorageError('common/unavailable', 'The object store sent another length than it said.');
}
