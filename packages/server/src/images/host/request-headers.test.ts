import { describe, expect, it } from 'vitest';
import { acceptedFormats } from './negotiate.ts';

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
