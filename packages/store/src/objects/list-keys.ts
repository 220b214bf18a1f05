import { maxKeyBytes } from '../index/keys.ts';
import { endOfPrefix, type Table, type TableEntry } from '../index/table.ts';

interface KeyListRequest {
  /** Prefix of every index key of the bucket. */
  readonly root: Buffer;
  /** Only keys that go on like this. */
  readonly prefix: Buffer;
  /** Keys that contain it behind the prefix are rolled up to just behind it; empty for none. */
  readonly delimiter: Buffer;
  /** Where to begin, relative to `root`; inclusive. */
  readonly start: Buffer;
  readonly limit: number;
  /** Bytes at the end of each key in which no delimiter is searched. Default 0. */
  readonly suffixBytes?: number;
}

type KeyListItem<V> =
  | { readonly kind: 'entry'; readonly entry: TableEntry<V> }
  | { readonly kind: 'common-prefix'; readonly prefix: Buffer };

export interface KeyList<V> {
  readonly items: readonly KeyListItem<V>[];
  readonly isTruncated: boolean;
}

/**
 * Lists part of a table in byte order, rolling keys up into common prefixes. A rolled-up group is skipped by one seek,
 * however many keys it has.
 */
export function listKeys<V>(table: Table<V>, request: KeyListRequest): KeyList<V> {
  const { root, prefix, delimiter, limit } = request;
  const rooted = Buffer.concat([root, prefix]);
  const end = endOfPrefix(rooted);
  const items: KeyListItem<V>[] = [];
  if (rooted.length > maxKeyBytes) return { items, isTruncated: false };
  // Between a longer start and its beginning there is no key.
  const from = Buffer.concat([root, request.start]).subarray(0, maxKeyBytes);
  let start: Buffer | undefined = Buffer.compare(from, rooted) > 0 ? from : rooted;

  while (start !== undefined) {
    if (end !== undefined && Buffer.compare(start, end) >= 0) break;
    const bounds = end === undefined ? { start } : { start, end };
    start = undefined;
    for (const entry of table.range(bounds)) {
      if (items.length === limit) return { items, isTruncated: true };
      const commonPrefix = rollUp(entry.key);
      if (commonPrefix === undefined) {
        items.push({ kind: 'entry', entry });
        continue;
      }
      items.push({ kind: 'common-prefix', prefix: commonPrefix.subarray(root.length) });
      start = endOfPrefix(commonPrefix);
      break;
    }
  }
  return { items, isTruncated: false };

  function rollUp(key: Buffer): Buffer | undefined {
    if (delimiter.length === 0) return undefined;
    const end = key.length - (request.suffixBytes ?? 0);
    const at = key.indexOf(delimiter, rooted.length);
    if (at < 0 || at + delimiter.length > end) return undefined;
    // A copy: the key's memory belongs to the table.
    return Buffer.from(key.subarray(0, at + delimiter.length));
  }
}

/** Where to go on behind a key: the first key after it. */
export function after(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.from([0])]);
}
