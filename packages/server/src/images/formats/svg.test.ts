import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isSvg } from './svg.ts';

/** A comment of hexadecimal digits, which compresses to about half. */
const comment = (characters: number) => `<!-- ${randomBytes(characters / 2).toString('hex')} -->`;
const drawing = '<svg xmlns="http://www.w3.org/2000/svg">';

describe('compressed SVG', () => {
  it('is recognised behind a comment of 100 KB', () => {
    expect(isSvg(gzipSync(`${comment(100_000)}${drawing}</svg>`))).toBe(true);
  });

  it('is not inflated beyond what could be drawn, wherever its bytes begin to grow', () => {
    const growing = ' '.repeat(20_000_000);
    for (const characters of [10_000, 100_000]) {
      expect(isSvg(gzipSync(`${comment(characters)}${drawing}${growing}</svg>`))).toBe(false);
    }
  });
});
