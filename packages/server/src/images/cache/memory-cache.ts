import { LRUCache } from 'lru-cache';
import type { Rendering } from '../pipeline/render.ts';
import type { ResultKey } from './result-key.ts';

/** No result takes more than this share of the budget. */
const largestShare = 1 / 8;
const provisionalForMs = 60_000;

/** The results asked for last, within a budget of bytes. */
export class MemoryCache {
  readonly #results: LRUCache<string, Rendering>;
  readonly #ofSource = new Map<string, Set<string>>();

  constructor(maxBytes: number) {
    this.#results = new LRUCache({
      // No more entries than a budget of tiny ones holds; it also spares the cache from growing as it fills.
      max: 50_000,
      maxSize: Math.max(1, maxBytes),
      maxEntrySize: Math.max(1, Math.floor(maxBytes * largestShare)),
      sizeCalculation: ({ bytes }) => Math.max(1, bytes.length),
      dispose: (_, name) => this.#unlist(name),
    });
  }

  get bytes(): number {
    return this.#results.calculatedSize;
  }

  find(key: ResultKey): Rendering | undefined {
    return this.#results.get(nameOf(key));
  }

  has(key: ResultKey): boolean {
    return this.#results.has(nameOf(key));
  }

  put(key: ResultKey, rendering: Rendering): void {
    const name = nameOf(key);
    this.#results.set(name, rendering, rendering.provisional ? { ttl: provisionalForMs } : {});
    if (!this.#results.has(name)) return;
    const names = this.#ofSource.get(key.source) ?? new Set();
    this.#ofSource.set(key.source, names.add(name));
  }

  /** Everything made of a file goes. */
  forget(source: string): void {
    for (const name of this.#ofSource.get(source) ?? []) this.#results.delete(name);
  }

  #unlist(name: string): void {
    const source = name.slice(0, name.indexOf('/'));
    const names = this.#ofSource.get(source);
    names?.delete(name);
    if (names?.size === 0) this.#ofSource.delete(source);
  }
}

function nameOf({ source, result }: ResultKey): string {
  return `${source}/${result}`;
}
