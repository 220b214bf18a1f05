/** Keys are bytes, in byte order; values are whatever the table holds. */
export interface TableEntry<V> {
  readonly key: Buffer;
  readonly value: V;
}

export interface RangeBounds {
  /** Inclusive. */
  readonly start?: Buffer;
  /** Exclusive. */
  readonly end?: Buffer;
  readonly limit?: number;
}

/** Reading one table of the index. */
export interface Table<V> {
  readonly name: string;
  get(key: Buffer): V | undefined;
  /** Without reading the value. */
  exists(key: Buffer): boolean;
  /** In key order, as of the moment of the call; must be read to its end or left before anything else is awaited. */
  range(bounds: RangeBounds): Iterable<TableEntry<V>>;
}

/** The first key behind all keys that begin with `prefix`; undefined when there is none. */
export function endOfPrefix(prefix: Buffer): Buffer | undefined {
  const end = Buffer.from(prefix);
  for (let last = end.length - 1; last >= 0; last--) {
    const byte = end[last] ?? 0;
    if (byte < 0xff) {
      end[last] = byte + 1;
      return end.subarray(0, last + 1);
    }
  }
  return undefined;
}

/** Bounds that hold exactly the keys beginning with `prefix`. */
export function boundsOfPrefix(prefix: Buffer): RangeBounds {
  const end = endOfPrefix(prefix);
  return end === undefined ? { start: prefix } : { start: prefix, end };
}
