import fc from 'fast-check';
import { expect, it } from 'vitest';
import { foldCase } from './sort-name.ts';

it.each([
  ['a final sigma as any other', ['ΟΔΟΣ', 'οδος', 'οδοσ']],
  ['both sharp s as two s', ['Straße', 'STRAẞE', 'STRASSE', 'strasse']],
  ['ligatures as their letters', ['ﬁle', 'FILE']],
  ['full-width letters as the plain ones', ['ＡＢＣ１', 'abc1']],
  ['signs that are letters as these', ['K Å Ω', 'k å ω']],
  ['composed and decomposed letters', ['CAFÉ', 'cafe\u0301']],
  ['Hangul in either form', ['회의록', '회의록'.normalize('NFD')]],
  ['Cherokee small letters', ['ꭰ', 'Ꭰ']],
])('folds %s', (_, texts) => {
  expect(new Set(texts.map(foldCase)).size).toBe(1);
});

const forms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;
/** A text in every case and normal form. */
const variantsOf = (text: string) =>
  [text, text.toUpperCase(), text.toLowerCase()].flatMap((each) => [
    each,
    ...forms.map((form) => each.normalize(form)),
  ]);

/** Surrogates, private use and what is not assigned: Unicode gives them neither a case nor a normal form. */
const hasNoForms = /[\p{Cs}\p{Co}\p{Cn}]/u;

it('folds every character as its capital, its small letter and its normal forms, and folds no further', () => {
  const wrong: string[] = [];
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const character = String.fromCodePoint(code);
    if (hasNoForms.test(character)) continue;
    const folded = foldCase(character);
    const all = [...new Set([...variantsOf(character), folded])];
    if (all.length > 1 && all.some((each) => foldCase(each) !== folded)) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

it('folds any words alike, whatever their case and form', () => {
  const words = fc.string({ unit: fc.constantFrom(...'aZéÉΣςσßẞﬁŉǰİ가나Ａ1 .'), maxLength: 40 });
  fc.assert(
    fc.property(words, (text) => {
      for (const each of variantsOf(text)) expect(foldCase(each)).toBe(foldCase(text));
    }),
  );
});
