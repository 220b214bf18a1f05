import { describe, expect, it } from 'vitest';
import { backOffSeconds } from './purge-objects.ts';

describe('backOffSeconds', () => {
  it('begins at ten seconds, doubles, and ends at an hour', () => {
    expect([0, 1, 2, 3, 8, 9, 10].map(backOffSeconds)).toEqual([10, 20, 40, 80, 2_560, 3_600, 3_600]);
  });

  it('stays at an hour for ever', () => {
    expect(backOffSeconds(100_000)).toBe(3_600);
  });
});
