import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBashWord, writeBashWord } from './bash-word.ts';

const quotes = ['', "'", '"'] as const;
const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
const hasBash = spawnSync('bash', ['--version']).status === 0;

describe.each(quotes)('a word after %j', (quote) => {
  it.skipIf(!hasBash)('is read by bash as the text, for every pair of printable ASCII characters', () => {
    const texts = printable.flatMap((one) => printable.map((other) => `${one}${other}`));
    const words = texts.map((text) => `${quote}${writeBashWord(text, quote)}${quote}`);
    const script = `set -H; printf '%s\\0' ${words.join(' ')}`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-s'], { input: script, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\0').slice(0, -1)).toEqual(texts);
  });

  it('is read back as the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const word = writeBashWord(text, quote);
        if (word !== undefined) expect(readBashWord(`${quote}${word}`)).toEqual({ text, quote });
      }),
    );
  });

  it('does not exist for a text with a control character', () => {
    for (const character of ['\n', '\r', '\t', '\u0000', '\u001b', '\u007f', '\u009b']) {
      expect(writeBashWord(`a${character}b`, quote)).toBeUndefined();
    }
  });
});
