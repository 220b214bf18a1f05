import { describe, expect, it } from 'vitest';
import { acceptedFormats } from './accepted-formats.ts';
import { matchesNone } from './conditional.ts';

describe('If-None-Match', () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['"b",W/"a" ,"c"', true],
    ['*', true],
    [' * ', true],
    ['"b"', false],
    ['a', false],
    ['"a', false],
    ['', false],
    [undefined, false],
  ])('%s matches "a": %s', (header, matches) => {
    expect(matchesNone(header, '"a"')).toBe(matches);
  });
});

describe('Accept', () => {
  it.each([
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', ['avif', 'webp']],
    ['image/webp,*/*', ['webp']],
    ['image/webp;q=0.9, image/avif;q=0.8', ['webp', 'avif']],
    ['IMAGE/WEBP', ['webp']],
    ['image/webp;q=0', []],
    ['image/webp;q=nonsense', []],
    ['image/jpeg, image/webp;q=0.5', []],
    ['image/*', []],
    ['*/*', []],
    ['', []],
    [undefined, []],
    [`image/webp${','.repeat(2000)}`, []],
  ])('%s asks for %j instead of JPEG', (header, formats) => {
    expect(acceptedFormats(header, 'image/jpeg')).toEqual(formats);
  });
});
