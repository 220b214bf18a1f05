import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireFileName } from './file-name.ts';

const refusal = (name: string, maxBytes = 255) => {
  try {
    requireFileName(name, maxBytes);
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('requireFileName', () => {
  it.each([
    'photo.jpg',
    '보고서.pdf',
    '보고서.pdf'.normalize('NFD'),
    'été à la mer.png',
    '👨‍👩‍👧‍👦 family.heic',
    'Zalgo\u0301\u0302\u0303.txt',
    'ملف.pdf',
    '...',
    '.env',
    'a',
    '  leading and trailing  ',
    'quotes "and" \'these\'; and %00.txt',
    'no\u00a0break.txt',
    'right-to-left mark \u200f.txt',
  ])('takes %j', (name) => {
    expect(refusal(name)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['blanks alone', '   '],
    ['a zero-width space alone', '\u200b'],
    ['joiners and fillers alone', '\u200d\u2060\ufeff\u3164\u00ad'],
    ['the folder itself', '.'],
    ['the folder above', '..'],
    ['a slash', 'a/b'],
    ['a backslash', 'a\\b'],
    ['a NUL', 'a\0b'],
    ['a line feed', 'a\nb'],
    ['a carriage return', 'a\r\nSet-Cookie: x=1'],
    ['a tab', 'a\tb'],
    ['DEL', 'a\u007fb'],
    ['a C1 control', 'a\u0085b'],
    ['a line separator', 'a\u2028b'],
    ['a paragraph separator', 'a\u2029b'],
    ['a right-to-left override', 'exe.\u202egpj'],
    ['a left-to-right embedding', 'a\u202ab'],
    ['a text isolate', 'a\u2066b'],
    ['a high surrogate alone', 'a\ud800b'],
    ['a low surrogate alone', 'a\udc00'],
  ])('refuses %s', (_, name) => {
    expect(refusal(name)).toMatchObject({ code: 'file/invalid-name' });
  });

  it.each([
    ['ASCII', 'a'],
    ['한글, three bytes each', '가'],
    ['emoji, four bytes each', '😀'],
  ])('counts bytes, not characters: %s', (_, character) => {
    const bytes = Buffer.byteLength(character);
    const fitting = character.repeat(Math.floor(255 / bytes));
    expect(refusal(fitting)).toBeUndefined();
    expect(refusal(fitting + character)).toMatchObject({
      code: 'file/original-name-too-long',
      details: { maxBytes: 255, bytes: Buffer.byteLength(fitting + character) },
    });
  });

  it('decides on any text whatever, with one of its two codes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const error = refusal(name);
        if (error === undefined) {
          expect(name.isWellFormed()).toBe(true);
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        } else {
          expect(error).toMatchObject({
            code: expect.stringMatching(/^file\/(invalid-name|original-name-too-long)$/),
          });
        }
      }),
    );
  });
});
