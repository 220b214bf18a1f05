import { nameOf } from './keys.ts';
import type { RangeBounds, Table, TableEntry } from './table.ts';

type Change = { readonly key: Buffer; readonly value: unknown };
type TableChanges = Map<string, Change>;

/** The changes of one commit, laid over the committed state so that later decisions see earlier ones. */
export class Overlay {
  readonly #changes = new Map<string, TableChanges>();

  /** By the names of keys, see `nameOf`; a change to the value `undefined` removes. */
  of(table: string): TableChanges {
    let changes = this.#changes.get(table);
    if (changes === undefined) {
      changes = new Map();
      this.#changes.set(table, changes);
    }
    return changes;
  }

  *all(): Iterable<{ readonly table: string; readonly key: Buffer; readonly value: unknown }> {
    for (const [table, changes] of this.#changes) {
      for (const { key, value } of changes.values()) yield { table, key, value };
    }
  }
}

/**
 * One decision over the index: what it reads is the committed state with all changes decided before it, what it writes
 * becomes true with the next commit, all of it or nothing. If it throws, it has to be rolled back.
 */
export class Transaction {
  readonly #overlay: Overlay;
  /** Replaced entries, restored in reverse order. */
  readonly #replaced: { changes: TableChanges; name: string; earlier: Change | undefined }[] = [];

  constructor(overlay: Overlay) {
    this.#overlay = overlay;
  }

  get<V>(table: Table<V>, key: Buffer): V | undefined {
    const change = this.#overlay.of(table.name).get(nameOf(key));
    // The overlay holds under a table's name only what was put through that table.
    return change === undefined ? table.get(key) : (change.value as V | undefined);
  }

  exists(table: Table<unknown>, key: Buffer): boolean {
    const change = this.#overlay.of(table.name).get(nameOf(key));
    return change === undefined ? table.exists(key) : change.value !== undefined;
  }

  put<V>(table: Table<V>, key: Buffer, value: V): void {
    this.#change(table.name, key, value);
  }

  remove(table: Table<unknown>, key: Buffer): void {
    this.#change(table.name, key, undefined);
  }

  /** Takes back all that it wrote, as if it had never been. */
  rollBack(): void {
    for (const { changes, name, earlier } of this.#replaced.toReversed()) {
      if (earlier === undefined) changes.delete(name);
      else changes.set(name, earlier);
    }
  }

  /** Whether there is anything within these bounds. */
  has(table: Table<unknown>, bounds: Omit<RangeBounds, 'limit'>): boolean {
    for (const { key, value } of this.#overlay.of(table.name).values()) {
      if (value !== undefined && isWithin(key, bounds)) return true;
    }
    for (const { key } of table.range(bounds)) {
      if (this.exists(table, key)) return true;
    }
    return false;
  }

  /** In key order. */
  range<V>(table: Table<V>, bounds: Omit<RangeBounds, 'limit'>): TableEntry<V>[] {
    const entries = new Map<string, TableEntry<V>>();
    for (const entry of table.range(bounds)) entries.set(nameOf(entry.key), entry);
    for (const [name, { key, value }] of this.#overlay.of(table.name)) {
      if (!isWithin(key, bounds)) continue;
      // As in get.
      if (value === undefined) entries.delete(name);
      else entries.set(name, { key, value: value as V });
    }
    return [...entries.values()].sort((a, b) => Buffer.compare(a.key, b.key));
  }

  #change(table: string, key: Buffer, value: unknown): void {
    const changes = this.#overlay.of(table);
    const name = nameOf(key);
    this.#replaced.push({ changes, name, earlier: changes.get(name) });
    changes.set(name, { key, value });
  }
}

function isWithin(key: Buffer, bounds: RangeBounds): boolean {
  if (bounds.start !== undefined && Buffer.compare(key, bounds.start) < 0) return false;
  return bounds.end === undefined || Buffer.compare(key, bounds.end) < 0;
}
