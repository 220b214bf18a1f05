import { StorageError } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { Rendering } from '../pipeline/render.ts';
import { Coalescer } from '../work/coalesce.ts';
import type { MemoryCache } from './memory-cache.ts';
import type { ResultKey } from './result-key.ts';
import type { WriteBehind } from './write-behind.ts';

/** Where a result was found; `none` for one that was made. */
export type CacheLevel = 'memory' | 'disk' | 'none';

export interface FoundResult {
  readonly rendering: Rendering;
  readonly level: CacheLevel;
}

export interface ResultsDeps {
  readonly memory: MemoryCache;
  readonly disk: WriteBehind;
}

/** How a result is made that is not there yet. */
export interface Making {
  readonly make: () => Promise<Rendering>;
  /** Runs work when it is its turn. */
  readonly enqueue: (work: () => Promise<Rendering>) => Promise<Rendering>;
}

/** How long it is remembered that a picture cannot be made, so that a broken one is not decoded again and again. */
const failedForMs = 10_000;
/** Failures that lie in the picture, and that trying again will not mend. */
const lastingFailures = new Set(['file/invalid-format', 'file/file-too-large']);

/** What an error says, without the error: that one holds on to what failed, down to the picture's bytes. */
type Failure = Pick<StorageError, 'code' | 'message' | 'details'>;

/** Results from memory, from disk, or newly made: each once, however many ask for it at the same time. */
export class Results {
  readonly #deps: ResultsDeps;
  readonly #asking = new Coalescer<FoundResult>();
  /** Outlives who asked: who gave up and asks again joins what is still under way. */
  readonly #making = new Coalescer<Rendering>();
  /** When a file was forgotten last: what was asked for before that is not kept. Nothing takes as long as this is known. */
  readonly #forgotten = new LRUCache<string, number>({ max: 100_000, ttl: 600_000 });
  /** Counts what is asked for and what is forgotten. */
  #turn = 0;
  readonly #failed = new LRUCache<string, Failure>({ max: 10_000, ttl: failedForMs });

  constructor(deps: ResultsDeps) {
    this.#deps = deps;
  }

  /** What is in memory. */
  recall(key: ResultKey): Rendering | undefined {
    return this.#deps.memory.find(key);
  }

  /** What is there already; costs no decoding. */
  async find(key: ResultKey): Promise<FoundResult | undefined> {
    const remembered = this.recall(key);
    if (remembered) return { rendering: remembered, level: 'memory' };
    const asked = this.#turn++;
    const stored = await this.#deps.disk.find(key);
    if (!stored) return undefined;
    if (this.#isToBeKept(key, asked)) this.#deps.memory.put(key, stored);
    return { rendering: stored, level: 'disk' };
  }

  /** @throws what `make` throws, and `common/unavailable` when too much is under way */
  async get(key: ResultKey, making: Making): Promise<FoundResult> {
    const remembered = this.recall(key);
    if (remembered) return { rendering: remembered, level: 'memory' };
    const failure = this.#failed.get(key.result);
    if (failure) throw new StorageError(failure.code, failure.message, { details: failure.details });
    return this.#asking.run(key.result, () => this.#findOrMake(key, making));
  }

  /** Everything made of a file goes, and what is made at the moment is not kept. */
  async forget(source: string): Promise<void> {
    this.#forgotten.set(source, this.#turn++);
    this.#deps.memory.forget(source);
    await this.#deps.disk.forget(source);
  }

  async #findOrMake(key: ResultKey, { make, enqueue }: Making): Promise<FoundResult> {
    const asked = this.#turn++;
    const found = await this.find(key);
    if (found) return found;
    const work = async () => {
      const made = await make().catch((error: unknown) => this.#remember(key, error));
      if (this.#isToBeKept(key, asked)) this.#keep(key, made);
      return made;
    };
    const rendering = await enqueue(() => this.#making.run(key.result, work));
    return { rendering, level: 'none' };
  }

  #isToBeKept({ source }: ResultKey, asked: number): boolean {
    return (this.#forgotten.get(source) ?? -1) < asked;
  }

  #keep(key: ResultKey, made: Rendering): void {
    this.#deps.memory.put(key, made);
    if (!made.provisional) this.#deps.disk.put(key, made);
  }

  #remember({ result }: ResultKey, error: unknown): never {
    if (error instanceof StorageError && lastingFailures.has(error.code)) {
      const { code, message, details } = error;
      this.#failed.set(result, { code, message, details });
    }
    throw error;
  }
}
