import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

describe('RateLimit', () => {
  it('counts each caller within a minute from its first request, and says when the next minute begins', () => {
    let now = 1_000;
    const limit = new RateLimit(3, () => now);
    expect([1, 2, 3].map(() => limit.take('a').remaining)).toEqual([2, 1, 0]);
    now += 20_000;
    expect(limit.take('a')).toEqual({ isAllowed: false, remaining: 0, retryAfterSeconds: 40 });
    expect(limit.take('b')).toEqual({ isAllowed: true, remaining: 2, retryAfterSeconds: 60 });
    expect(() => limit.require('a')).toThrow(
      expect.objectContaining({
        code: 'common/too-many-requests',
        details: { retryAfterSeconds: 40, limit: 3 },
      }),
    );
    now += 40_000;
    expect(limit.take('a')).toEqual({ isAllowed: true, remaining: 2, retryAfterSeconds: 60 });
  });

  it('takes back what was counted too early, and no more', () => {
    const limit = new RateLimit(2);
    limit.giveBack('a');
    limit.take('a');
    limit.giveBack('a');
    limit.giveBack('a');
    expect([1, 2, 3].map(() => limit.take('a').isAllowed)).toEqual([true, true, false]);
  });

  it('of 0 limits nothing', () => {
    const limit = new RateLimit(0);
    for (let index = 0; index < 100; index += 1) expect(limit.take('a').isAllowed).toBe(true);
  });
});
