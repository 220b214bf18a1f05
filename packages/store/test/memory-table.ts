import type { RangeBounds, Table, TableEntry } from '../src/index/table.ts';

/** A table of the index in memory, for what works on tables alone. */
export class MemoryTable<V> implements Table<V> {
  readonly name: string;
  #entries: readonly TableEntry<V>[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get(key: Buffer): V | undefined {
    return this.#entries.find((entry) => entry.key.equals(key))?.value;
  }

  exists(key: Buffer): boolean {
    return this.get(key) !== undefined;
  }

  range({ start, end, limit = Number.POSITIVE_INFINITY }: RangeBounds): Iterable<TableEntry<V>> {
    return this.#entries
      .filter(({ key }) => start === undefined || Buffer.compare(key, start) >= 0)
      .filter(({ key }) => end === undefined || Buffer.compare(key, end) < 0)
      .slice(0, limit);
  }

  /** @param value undefined removes */
  set(key: Buffer, value: V | undefined): void {
    const others = this.#entries.filter((entry) => !entry.key.equals(key));
    const changed = value === undefined ? others : [...others, { key, value }];
    this.#entries = changed.sort((a, b) => Buffer.compare(a.key, b.key));
  }
}
