import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sortNameOf } from './sort-name.ts';

const byBytes = (a: string, b: string) => Buffer.from(a).compare(Buffer.from(b));
const sorted = (names: readonly string[]) => [...names].sort((a, b) => byBytes(sortNameOf(a), sortNameOf(b)));

const anyName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 });
const separator = '\u0001';
const foldedOf = (name: string) => sortNameOf(name).slice(0, -name.length - separator.length);

describe('names sort', () => {
  it.each([
    ['digits by value', ['a2', 'a10', 'a100']],
    ['numbers in the middle by value', ['v1.9.txt', 'v1.10.txt', 'v2.0.txt']],
    ['dates in order', ['2025-12-31', '2026-1-2', '2026-01-10', '2026-11-01']],
    ['case aside', ['apple', 'Banana', 'cherry', 'Date']],
    ['equal names by their bytes', ['README', 'Readme', 'readme']],
    ['a name before the one that it begins', ['report', 'report 2', 'report-final']],
    ['numbers before letters', ['9', '10', 'a']],
    ['leading zeros aside', ['img1', 'img002', 'img3']],
    ['zero before one', ['a0', 'a00', 'a1']],
    ['long numbers by value', ['1'.repeat(8), '1'.repeat(9), '2'.repeat(9), '1'.repeat(100)]],
    ['composed and decomposed letters together', ['e\u0301a', '\u00e9b', 'e\u0301c']],
    ['full-width letters and digits as the plain ones', ['a1', 'Ａ２', 'a3']],
    ['digits of other scripts by value', ['صورة٢', 'صورة١٠']],
    ['sharp s as two s', ['strasse a', 'Straße b', 'STRASSE c']],
    ['a final sigma as any other', ['ΟΔΟΣ a', 'οδος b', 'ΟΔΟΣ c']],
    ['Hangul in the order of the alphabet', ['가', '나', '다', '하']],
  ])('%s', (_, names) => {
    expect(sorted(names.toReversed())).toEqual(names);
    expect(sorted(names)).toEqual(names);
  });

  it('the same, whatever the case of their letters', () => {
    const anyLetters = fc.string({ unit: fc.constantFrom(...'aZzéÉçß1209 .-_'), maxLength: 60 });
    fc.assert(
      fc.property(anyLetters, (name) => {
        expect(foldedOf(name.toUpperCase())).toBe(foldedOf(name.toLowerCase()));
      }),
    );
  });

  it('by the value of any number at the same position', () => {
    const anyNumber = fc.bigInt({ min: 0n, max: 10n ** 40n });
    fc.assert(
      fc.property(anyName, anyNumber, anyNumber, anyName, (before, one, two, after) => {
        fc.pre(one !== two && !/\p{Nd}/u.test(`${before.at(-1)}${[...after.normalize('NFKC')][0]}`));
        fc.pre(before.length + after.length < 100);
        const [low, high] = one < two ? [one, two] : [two, one];
        expect(sorted([`${before}#${high}#${after}`, `${before}#${low}#${after}`])).toEqual([
          `${before}#${low}#${after}`,
          `${before}#${high}#${after}`,
        ]);
      }),
    );
  });

  it('in a total order: two names have one sort name only where they are equal', () => {
    fc.assert(
      fc.property(anyName, anyName, (one, two) => {
        expect(sortNameOf(one) === sortNameOf(two)).toBe(one === two);
      }),
    );
  });

  it('by texts of a bounded length, without halves of characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('ﷺ', '😀', '1', 'ﬃ', 'a'), maxLength: 255 }), (name) => {
        expect(foldedOf(name).length).toBeLessThanOrEqual(300);
        expect(sortNameOf(name).isWellFormed()).toBe(true);
      }),
    );
  });
});
