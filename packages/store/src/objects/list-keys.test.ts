import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryTable } from '../../test/memory-table.ts';
import { after, listKeys } from './list-keys.ts';

const root = Buffer.from('bucket\0');
const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\u{10ffff}'), maxLength: 5 });

/** Expected list, computed from the keys in order. */
function expectedItems(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const shown = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return at < 0 ? key : `${key.slice(0, at + delimiter.length)}…`;
    });
  return [...new Set(shown)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

it('pages of any size give every key under the prefix once, and every folder once', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(text, { maxLength: 12 }),
      text,
      fc.constantFrom('', '/', 'a/', 'b'),
      fc.integer({ min: 1, max: 4 }),
      (keys, prefix, delimiter, limit) => {
        const table = new MemoryTable<string>('objects');
        for (const key of keys) table.set(Buffer.concat([root, Buffer.from(key)]), key);
        // Keys of other buckets, before and behind.
        for (const other of ['bucke\0a', 'bucket.b\0a']) table.set(Buffer.from(other), other);
        const found: string[] = [];
        for (let start: Buffer = Buffer.alloc(0); ; ) {
          const page = listKeys(table, {
            root,
            prefix: Buffer.from(prefix),
            delimiter: Buffer.from(delimiter),
            start,
            limit,
          });
          for (const item of page.items) {
            if (item.kind === 'entry') {
              found.push(item.entry.value);
              start = after(item.entry.key.subarray(root.length));
            } else {
              found.push(`${item.prefix}…`);
              // Behind everything that begins with it.
              start = Buffer.concat([item.prefix, Buffer.alloc(8, 0xff)]);
            }
          }
          expect(page.items.length).toBeLessThanOrEqual(limit);
          if (!page.isTruncated) break;
          expect(page.items.length).toBe(limit);
        }
        const bySortOrder = [...found].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(bySortOrder).toEqual(expectedItems(keys, prefix, delimiter));
      },
    ),
    { numRuns: 500 },
  );
});

it('a prefix or a start longer than any key is looked for in vain, not failed on', () => {
  const table = new MemoryTable<string>('objects');
  table.set(Buffer.concat([root, Buffer.from('z')]), 'z');
  const list = {
    root,
    prefix: Buffer.alloc(0),
    delimiter: Buffer.alloc(0),
    start: Buffer.alloc(0),
    limit: 9,
  };
  expect(listKeys(table, { ...list, prefix: Buffer.alloc(5000, 'z') }).items).toEqual([]);
  expect(listKeys(table, { ...list, start: Buffer.alloc(5000, 'z') }).items).toEqual([]);
  expect(listKeys(table, { ...list, start: Buffer.alloc(5000, 'a') }).items).toHaveLength(1);
});
