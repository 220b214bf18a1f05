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

  it('has nothing to say of two empty sides', async () => {
    expect(await merge([], [])).toEqual([]);
  });

  it('goes by the bytes of UTF-8, where U+FFFD stands before an emoji', async () => {
    expect(await merge(['\ufffd', '😀'], ['😀'])).toEqual([
      ['\ufffd', undefined],
      ['😀', '😀'],
    ]);
  });

  it('says of every key on which sides it is, each key once and in order', async () => {
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
