import { LRUCache } from 'lru-cache';
import type { Rendition } from '../transform/render.ts';
import type { RenditionKey } from './rendition-key.ts';

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
