import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeByKey } from './merge-by-key.ts';

async function* inOrder(keys: readonly string[]) {
  for (const key of keys) yield { key };
}

async function merge(lefts: readonly string[], rights: readonly string[]) {
  const merged: (readonly [string | undefined, string | undefined])[] = [];
  for await (const { left, right } of mergeByKey(inOrder(lefts), inOrder(rights))) {
    merged.push([left?.key, right?.key]);
  }
  return merged;
}

const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('mergeByKey', () => {
  it('pairs equal keys and yields the others alone', async () => {
    expect(await merge(['a', 'b', 'd'], ['b', 'c', 'd', 'e'])).toEqual([
      ['a', undefined],
      ['b', 'b'],
      [undefined, 'c'],
      ['d', 'd'],
      [undefined, 'e'],
    ]);
  });

  it('yields nothing for two empty sides', async () => {
    expect(await merge([], [])).toEqual([]);
  });

  it('orders by the bytes of UTF-8, in which U+FFFD comes before an emoji', async () => {
    expect(await merge(['\ufffd', '😀'], ['😀'])).toEqual([
      ['\ufffd', undefined],
      ['😀', '😀'],
    ]);
  });

  it('yields every key once, in order, with the sides that have it', async () => {
    const anyKeys = fc
      .uniqueArray(fc.string({ unit: 'grapheme', maxLength: 3 }), { maxLength: 30 })
      .map((keys) => keys.sort(compareBytes));
    await fc.assert(
      fc.asyncProperty(anyKeys, anyKeys, async (lefts, rights) => {
        const all = [...new Set([...lefts, ...rights])].sort(compareBytes);
        expect(await merge(lefts, rights)).toEqual(
          all.map((key) => [lefts.includes(key) ? key : undefined, rights.includes(key) ? key : undefined]),
        );
      }),
    );
  });
});
