import { describe, expect, it } from 'vitest';
import { normaliseSharedWith } from './shared-with.ts';

const limits = { maxSharedWith: 3 };

describe('normaliseSharedWith', () => {
  it('keeps each user once, in order', () => {
    expect(normaliseSharedWith(['carol', 'alice', 'carol', 'bob'], limits)).toEqual([
      'alice',
      'bob',
      'carol',
    ]);
  });

  it('counts users, not mentions', () => {
    expect(normaliseSharedWith(['a', 'a', 'b', 'b', 'c', 'c'], limits)).toHaveLength(3);
    expect(() => normaliseSharedWith(['a', 'b', 'c', 'd'], limits)).toThrow(
      expect.objectContaining({ code: 'common/invalid-parameters' }),
    );
  });

  it.each(['', 'a\0b', '\ud800'])('refuses %j, which is nobody', (userId) => {
    expect(() => normaliseSharedWith([userId], limits)).toThrow(
      expect.objectContaining({ code: 'common/invalid-parameters' }),
    );
  });
});
