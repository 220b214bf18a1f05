import type { Readable } from 'node:stream';
import { type Limits, StorageError } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import { fileNotFound } from '../../files/access.ts';
import type { File } from '../../files/file.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import { type DecodeForeign, Original } from '../transform/original.ts';
import { tooManyBytes } from '../transform/source-type.ts';

export interface OriginalsDeps {
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly limits: Limits;
  /** How formats that libvips does not read are decoded; they are refused where absent. */
  readonly decode?: (file: File) => DecodeForeign;
}

interface Known extends Pick<File, 'objectKey' | 'etag'> {
  readonly original: Original;
}

/** Largest share of the budget for one original. */
const largestShare = 1 / 4;

/** Bounds the memory for entries, however small the originals are. */
const maxOriginals = 2_000;

/**
 * The originals used last, within a budget of bytes: one page requests several sizes of the same image. When an original is
 * evicted, its bytes go first; its reduced copies, which save more than they take, go when it is evicted again.
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
        if (reason !== 'evict' || !known.original.holdsBytesAndCopies) return;
        known.original.dropBytes();
        this.#known.set(key, known);
      },
    });
  }

  /**
   * The original of a file with its current bytes. Reading it throws `file/file-too-large`; `file/not-found` when the object is
   * gone; and `common/unavailable` when its bytes are not the registered ones.
   */
  of(file: File): Original {
    const { key, objectKey, etag } = file;
    const known = this.#known.get(key);
    // Equal contents that were registered again are another object, and the former one may be purged.
    if (known?.etag === etag && known.objectKey === objectKey) return known.original;
    const original: Original = new Original(
      () => fetchOriginal(this.#deps, file),
      () => this.#weigh(key, { objectKey, etag, original }),
    );
    if (this.#deps.decode) original.decodeBy(this.#deps.decode(file));
    this.#known.set(key, { objectKey, etag, original });
    return original;
  }

  /** Removes the original of a file that has changed or is gone. Work in progress keeps its own reference. */
  remove(key: string): void {
    this.#known.delete(key);
  }

  #weigh(key: string, known: Known): void {
    const { original } = known;
    if (!this.#isKnown(key, original)) return;
    if (original.heldBytes > this.#maxEach) original.dropBytes();
    // A new value: the cache computes the size of new values only.
    this.#known.set(key, { ...known });
  }

  #isKnown(key: string, original: Original): boolean {
    return this.#known.peek(key)?.original === original;
  }
}

/** Fetches exactly the bytes of this ETag: the ETags of renditions are sent before the bytes are read. */
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

/** Reads into one buffer of the final size: collecting and joining chunks would take several times the memory. */
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
  return new StorageError('common/unavailable', 'The object store sent another length than it announced.');
}
