/**
 * Cache of records and small content read lately: a second read costs neither an index look-up nor parsing. Bounded by bytes; the oldest
 * entry is evicted first. A commit invalidates the entries it changes before it begins, and none of them comes back before it has ended, so
 * no reader gets anything older than the index.
 */
export class ReadCache<V> {
  readonly #maxBytes: number;
  readonly #entries = new Map<string, { readonly value: V; readonly sizeBytes: number }>();
  #sizeBytes = 0;
  #changing: ReadonlySet<string> = new Set();

  /** @param maxBytes upper bound of the sizes given to `keep` */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  find(name: string): V | undefined {
    return this.#entries.get(name)?.value;
  }

  /** To be called in the same turn as the value was read. */
  keep(name: string, value: V, sizeBytes: number): void {
    if (this.#changing.has(name) || sizeBytes > this.#maxBytes) return;
    this.#forget(name);
    this.#entries.set(name, { value, sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#sizeBytes <= this.#maxBytes) return;
      this.#forget(oldest);
    }
  }

  /** Runs a commit that changes these names; one at a time. */
  async change(names: Iterable<string>, commit: () => Promise<void>): Promise<void> {
    this.#changing = new Set(names);
    for (const name of this.#changing) this.#forget(name);
    try {
      await commit();
    } finally {
      this.#changing = new Set();
    }
  }

  #forget(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#sizeBytes -= entry.sizeBytes;
  }
}
