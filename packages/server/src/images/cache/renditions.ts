import { StorageError } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import { SingleFlight } from '../concurrency/single-flight.ts';
import type { Rendition } from '../transform/rendition.ts';
import type { WriteBehind } from './disk-cache.ts';
import type { RenditionKey } from './rendition-key.ts';

/** Where a rendition was found; `none` when it was made for the request. */
export type CacheLevel = 'memory' | 'disk' | 'none';

export interface FoundRendition {
  readonly rendition: Rendition;
  readonly level: CacheLevel;
}

export interface RenditionsDeps {
  readonly memory: MemoryCache;
  readonly disk: WriteBehind;
}

/** How a missing rendition is made. Signals abort when no request waits for it any more. */
export interface RenditionWork {
  /** The key of what was made, which may have another format than was asked for. */
  readonly keyOf: (made: Rendition) => RenditionKey;
  readonly make: (signal: AbortSignal) => Promise<Rendition>;
  /** Runs work when a slot is free, and gives it the signal if such work can be ended before its time. */
  readonly enqueue: (
    work: (signal: AbortSignal | undefined) => Promise<Rendition>,
    signal: AbortSignal,
  ) => Promise<Rendition>;
}

/** Time for which a failure is remembered, so that a broken image is not decoded for every request. */
const failedForMs = 10_000;
/** Failures of the image itself: retrying gives the same. */
const lastingFailures = new Set(['file/invalid-format', 'file/unsupported-image', 'file/file-too-large']);

/** The fields of an error that are remembered. The error itself would keep the bytes of the image in memory. */
type Failure = Pick<StorageError, 'code' | 'message' | 'details'>;

/** Renditions from memory, from disk, or newly made: each once for all concurrent requests. */
export class Renditions {
  readonly #deps: RenditionsDeps;
  readonly #requested = new SingleFlight<FoundRendition>();
  /** Work in progress. It goes on when its requests pass their deadline, and later requests join it. */
  readonly #made = new SingleFlight<Rendition>();
  /** When each source was last removed, by `#clock`: renditions requested before that are not kept. No work takes as long as its `ttl`. */
  readonly #removed = new LRUCache<string, number>({ max: 100_000, ttl: 600_000 });
  /** Counts requests and removals. */
  #clock = 0;
  readonly #failed = new LRUCache<string, Failure>({ max: 10_000, ttl: failedForMs });

  constructor(deps: RenditionsDeps) {
    this.#deps = deps;
  }

  /** Looks in memory alone. */
  peek(key: RenditionKey): Rendition | undefined {
    return this.#deps.memory.find(key);
  }

  /** Looks in memory and on disk; nothing is decoded. */
  async find(key: RenditionKey): Promise<FoundRendition | undefined> {
    const cached = this.peek(key);
    if (cached) return { rendition: cached, level: 'memory' };
    const requestedAt = this.#clock++;
    const stored = await this.#deps.disk.find(key);
    if (!stored) return undefined;
    if (this.#isCurrent(key, requestedAt)) this.#deps.memory.put(key, stored);
    return { rendition: stored, level: 'disk' };
  }

  /**
   * @param signal aborts when the client has gone; the work ends when that was the last request for the rendition
   * @throws what `make` throws, and `common/unavailable` when the queue is full or the deadline has passed
   */
  async get(key: RenditionKey, work: RenditionWork, signal?: AbortSignal): Promise<FoundRendition> {
    const cached = this.peek(key);
    if (cached) return { rendition: cached, level: 'memory' };
    const failure = this.#failed.get(key.result);
    if (failure) throw new StorageError(failure.code, failure.message, { details: failure.details });
    return this.#requested.run(key.result, (shared) => this.#findOrMake(key, work, shared), signal);
  }

  /** Removes every rendition of a source; those that are being made are not kept. */
  async remove(source: string): Promise<void> {
    this.#removed.set(source, this.#clock++);
    this.#deps.memory.remove(source);
    await this.#deps.disk.remove(source);
  }

  async #findOrMake(
    key: RenditionKey,
    { make, enqueue, keyOf }: RenditionWork,
    signal: AbortSignal,
  ): Promise<FoundRendition> {
    const requestedAt = this.#clock++;
    const found = await this.find(key);
    if (found) return found;
    const makeAndKeep = async (ends: AbortSignal) => {
      const made = await make(ends).catch((error: unknown) => this.#remember(key, error));
      if (this.#isCurrent(key, requestedAt)) this.#keep(key, made, keyOf(made));
      return made;
    };
    const work = (ends?: AbortSignal) => this.#made.join(key.result, makeAndKeep, ends);
    return { rendition: await enqueue(work, signal), level: 'none' };
  }

  #isCurrent({ source }: RenditionKey, requestedAt: number): boolean {
    return (this.#removed.get(source) ?? -1) < requestedAt;
  }

  /** Keeps it under its own key. Where another was asked for, that one leads there from now on. */
  #keep(asked: RenditionKey, made: Rendition, own: RenditionKey): void {
    this.#put(own, made);
    if (own.result !== asked.result)
      this.#put(asked, { bytes: Buffer.alloc(0), contentType: made.contentType });
  }

  #put(key: RenditionKey, rendition: Rendition): void {
    this.#deps.memory.put(key, rendition);
    if (!rendition.provisional) this.#deps.disk.put(key, rendition);
  }

  #remember({ result }: RenditionKey, error: unknown): never {
    if (error instanceof StorageError && lastingFailures.has(error.code)) {
      const { code, message, details } = error;
      this.#failed.set(result, { code, message, details });
    }
    throw error;
  }
}

/** Largest share of the budget for one rendition. */
const largestShare = 1 / 8;
const provisionalForMs = 60_000;

interface Entry {
  readonly source: string;
  readonly rendition: Rendition;
}

/** The renditions requested last, within a budget of bytes. */
export class MemoryCache {
  /** By result, which differs for different sources, too. */
  readonly #entries: LRUCache<string, Entry>;
  readonly #ofSource = new Map<string, Set<string>>();

  constructor(maxBytes: number) {
    this.#entries = new LRUCache({
      // Enough for tiny renditions; a fixed number also keeps the cache from growing as it fills.
      max: 50_000,
      maxSize: Math.max(1, maxBytes),
      maxEntrySize: Math.max(1, Math.floor(maxBytes * largestShare)),
      sizeCalculation: ({ rendition }) => Math.max(1, rendition.bytes.length),
      dispose: (entry, result) => this.#unlist(entry, result),
    });
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  find({ result }: RenditionKey): Rendition | undefined {
    return this.#entries.get(result)?.rendition;
  }

  has({ result }: RenditionKey): boolean {
    return this.#entries.has(result);
  }

  put({ source, result }: RenditionKey, rendition: Rendition): void {
    this.#entries.set(result, { source, rendition }, rendition.provisional ? { ttl: provisionalForMs } : {});
    if (!this.#entries.has(result)) return;
    const results = this.#ofSource.get(source) ?? new Set();
    this.#ofSource.set(source, results.add(result));
  }

  /** Removes every rendition of a source. */
  remove(source: string): void {
    for (const result of this.#ofSource.get(source) ?? []) this.#entries.delete(result);
  }

  #unlist({ source }: Entry, result: string): void {
    const results = this.#ofSource.get(source);
    results?.delete(result);
    if (results?.size === 0) this.#ofSource.delete(source);
  }
}
