import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateApiKey, hashApiKey, isApiKey } from './api-key.ts';

describe('generateApiKey', () => {
  it('makes keys that are keys, never twice the same', () => {
    const keys = Array.from({ length: 100 }, (_, index) =>
      generateApiKey(index % 2 === 0 ? 'publishable' : 'secret'),
    );
    expect(new Set(keys).size).toBe(100);
    expect(keys.every(isApiKey)).toBe(true);
    expect(keys[0]).toMatch(/^pk_[0-9a-f]{64}$/);
    expect(keys[1]).toMatch(/^sk_[0-9a-f]{64}$/);
  });
});

describe('isApiKey', () => {
  const hex = '0123456789abcdef'.repeat(4);

  it.each([
    '',
    hex,
    `pk_${hex.slice(1)}`,
    `pk_${hex}0`,
    `pk_${hex.toUpperCase()}`,
    `PK_${hex}`,
    `rk_${hex}`,
    ` pk_${hex}`,
    `pk_${hex}\n`,
    `pk_${hex}, pk_${hex}`,
  ])('refuses %j', (text) => {
    expect(isApiKey(text)).toBe(false);
  });
});

describe('hashApiKey', () => {
  it('is the SHA-256 of the whole key, prefix and all', () => {
    const key = `sk_${'ab'.repeat(32)}`;
    expect(hashApiKey(key)).toEqual(createHash('sha256').update(key).digest());
    expect(hashApiKey(key)).not.toEqual(hashApiKey(key.replace('sk', 'pk')));
  });
});
