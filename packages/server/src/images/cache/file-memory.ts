import { LRUCache } from 'lru-cache';

/** Small enough that several fit. */
const largestShare = 1 / 4;

/** What is known of a value takes memory too, however small it is. */
const maxValues = 2_000;

interface Kept<Value> {
  readonly etag: string;
  readonly value: Value;
}

/**
 * Values that were read or made from files, those used last, within a budget of bytes; each for as long as its file is the
 * same. Who asks for one that is on its way waits for it.
 */
export class FileMemory<Value> {
  readonly #kept: LRUCache<string, Kept<Value>>;
  readonly #coming = new Map<string, Kept<Promise<Value>>>();

  /** @param bytesOf how many bytes of the budget a value takes */
  constructor(maxBytes: number, bytesOf: (value: Value) => number) {
    this.#kept = new LRUCache({
      max: maxValues,
      maxSize: maxBytes,
      maxEntrySize: Math.floor(maxBytes * largestShare),
      sizeCalculation: ({ value }) => Math.max(1, bytesOf(value)),
    });
  }

  /**
   * @param name of the value
   * @param etag of the file that it is of
   * @throws what `make` throws; that is not kept
   */
  async load({ name, etag }: { name: string; etag: string }, make: () => Promise<Value>): Promise<Value> {
    const known = [this.#kept.get(name), this.#coming.get(name)].find((each) => each?.etag === etag);
    if (known) return known.value;
    const coming = { etag, value: make() };
    this.#coming.set(name, coming);
    try {
      const value = await coming.value;
      // News that came meanwhile have taken it out.
      if (this.#coming.get(name) === coming) this.#kept.set(name, { etag, value });
      return value;
    } finally {
      if (this.#coming.get(name) === coming) this.#coming.delete(name);
    }
  }

  /** Of a file that changed or went nothing is kept in memory for nobody. */
  forget(name: string): void {
    this.#kept.delete(name);
    this.#coming.delete(name);
  }
}
