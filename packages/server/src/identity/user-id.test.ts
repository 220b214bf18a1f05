import { describe, expect, it } from 'vitest';
import { isUserId } from './caller.ts';

describe('isUserId', () => {
  it.each(['alice', 'auth0|6f/2', 'user@example.com', '앨리스', '😀'.repeat(255), ' ', '...'])(
    'takes %j',
    (text) => {
      expect(isUserId(text)).toBe(true);
    },
  );

  it.each(['', '.', '..', 'a\0b', 'a\nb', 'a\u007fb', '\ud800', 'x'.repeat(256)])('refuses %j', (text) => {
    expect(isUserId(text)).toBe(false);
  });
});
