import type { RangeBounds, Table, TableEntry } from './table.ts';

type Change = { readonly key: Buffer; readonly value: unknown };

/** The changes of one commit, laid over the committed state so that later decisions see earlier ones. */
export class Overlay {
  readonly #changes = new Map<string, Map<string, Change>>();

  find(table: string, key: Buffer): Change | undefined {
    return this.#changes.get(table)?.get(nameOf(key));
  }

  set(table: string, key: Buffer, value: unknown): void {
    let changes = this.#changes.get(table);
    if (changes === undefined) {
      changes = new Map();
      this.#changes.set(table, changes);
    }
    changes.set(nameOf(key), { key, value });
  }

  /** Value `undefined` means removed. */
  *changesOf(table: string): Iterable<Change> {
    yield* this.#changes.get(table)?.values() ?? [];
  }

  *all(): Iterable<{ readonly table: string; readonly key: Buffer; readonly value: unknown }> {
    for (const [table, changes] of this.#changes) {
      for (const { key, value } of changes.values()) yield { table, key, value };
    }
  }

  absorb(later: Overlay): void {
    for (const { table, key, value } of later.all()) this.set(table, key, value);
  }
}

/**
 * One decision over the index: what it reads is the committed state with all changes decided before it, what it writes
 * becomes true with the next commit, all of it or nothing. If it throws, it wrote nothing.
 */
export class Transaction {
  readonly #layers: readonly [own: Overlay, earlier: Overlay];

  constructor(own: Overlay, earlier: Overlay) {
    this.#layers = [own, earlier];
  }

  get<V>(table: Table<V>, key: Buffer): V | undefined {
    for (const layer of this.#layers) {
      const change = layer.find(table.name, key);
      // A layer holds under a table's name only what was put through that table.
      if (change !== undefined) return change.value as V | undefined;
    }
    return table.get(key);
  }

  put<V>(table: Table<V>, key: Buffer, value: V): void {
    this.#layers[0].set(table.name, key, value);
  }

  remove(table: Table<unknown>, key: Buffer): void {
    this.#layers[0].set(table.name, key, undefined);
  }

  /** Whether there is anything within these bounds. */
  has(table: Table<unknown>, bounds: Omit<RangeBounds, 'limit'>): boolean {
    for (const layer of this.#layers) {
      for (const { key, value } of layer.changesOf(table.name)) {
        if (value !== undefined && isWithin(key, bounds)) return true;
      }
    }
    for (const { key } of table.range(bounds)) {
      if (this.get(table, key) !== undefined) return true;
    }
    return false;
  }

  /** In key order. */
  range<V>(table: Table<V>, bounds: Omit<RangeBounds, 'limit'>): TableEntry<V>[] {
    const entries = new Map<string, TableEntry<V>>();
    for (const entry of table.range(bounds)) entries.set(nameOf(entry.key), entry);
    for (const layer of this.#layers.toReversed()) {
      for (const { key, value } of layer.changesOf(table.name)) {
        if (!isWithin(key, bounds)) continue;
        // As in get.
        if (value === undefined) entries.delete(nameOf(key));
        else entries.set(nameOf(key), { key, value: value as V });
      }
    }
    return [...entries.values()].sort((a, b) => Buffer.compare(a.key, b.key));
  }
}

/** Latin-1 keeps every byte, and maps compare strings faster than buffers. */
function nameOf(key: Buffer): string {
  return key.toString('latin1');
}

function isWithin(key: Buffer, bounds: RangeBounds): boolean {
  if (bounds.start !== undefined && Buffer.compare(key, bounds.start) < 0) return false;
  return bounds.end === undefined || Buffer.compare(key, bounds.end) < 0;
}
