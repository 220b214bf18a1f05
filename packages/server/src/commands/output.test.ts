import { expect, test } from 'vitest';
import { printable, printableJson } from './output.ts';

const everyCharacter = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('');
/** Other (Cc, Cf of directions) and line and paragraph separators, by Unicode's own tables. */
const dangerous = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;

test('no text keeps a character that a terminal obeys, or that hides what stands there', () => {
  expect(printable(everyCharacter)).not.toMatch(dangerous);
  expect(printableJson({ name: everyCharacter })).not.toMatch(dangerous);
});

test('text is still read as what it was, and plain text is left as it is', () => {
  expect(printable('new\nline\tand \u001b[31mred\u009b0m')).toBe('new\\nline\\tand \\u001b[31mred\\u009b0m');
  expect(printable('gpj.\u202eexe')).toBe('gpj.\\u202eexe');
  for (const plain of ['naïve.txt', '日本 ü.txt', '👩‍👩‍👧.png', 'C:\\photos\\new', "it's"]) {
    expect(printable(plain)).toBe(plain);
  }
});

test('JSON means the same as before', () => {
  expect(JSON.parse(printableJson({ name: everyCharacter }))).toEqual({ name: everyCharacter });
});
