import { describe, expect, it } from 'vitest';
import { createBackOff } from './back-off.ts';

const options = { firstMs: 100, maxMs: 1_000, wellAfterMs: 30_000 };

describe('createBackOff', () => {
  it('doubles the delay up to its maximum', () => {
    const backOff = createBackOff(options);
    expect([1, 2, 3, 4, 5, 6].map(() => backOff.nextDelayMs(50))).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('begins anew after a run of the given length', () => {
    const backOff = createBackOff(options);
    backOff.nextDelayMs(50);
    backOff.nextDelayMs(50);
    expect(backOff.nextDelayMs(30_000)).toBe(100);
    expect(backOff.nextDelayMs(50)).toBe(200);
  });
});
