import { allowedOrigin, uniteOrigins } from '@bkend/http';
import { describe, expect, it } from 'vitest';
import { followOrigins } from './follow-origins.ts';

describe('origins together', () => {
  it('are all that the service and environments allow, in one order, or any where one allows any', () => {
    expect(uniteOrigins(['https://b.example'], ['https://a.example', 'https://b.example'])).toEqual([
      'https://a.example',
      'https://b.example',
    ]);
    expect(uniteOrigins('*', ['https://a.example'])).toBe('*');
    expect(uniteOrigins(['https://a.example'], ['*'])).toBe('*');
  });

  it('allow a request that comes from one of them, and any where all are allowed', () => {
    expect(allowedOrigin('*', undefined)).toBe('*');
    expect(allowedOrigin(['https://a.example'], 'https://a.example')).toBe('https://a.example');
    expect(allowedOrigin(['https://a.example'], 'https://b.example')).toBeUndefined();
    expect(allowedOrigin(['https://a.example'], undefined)).toBeUndefined();
  });
});

describe('followed origins', () => {
  it('are written when they changed, and once more after a failure', async () => {
    const [written, failures]: [string[], unknown[]] = [[], []];
    const state = { origins: ['https://a.example'], isDown: true };
    await using followed = await followOrigins({
      find: async () => state.origins,
      allow: async (origins) => {
        if (state.isDown) throw new Error('The store is down.');
        written.push(String(origins));
      },
      notifications: { subscribe: async () => ({ [Symbol.asyncDispose]: async () => {} }) },
      onFailure: (error) => failures.push(error),
    });
    followed.refresh();
    await expect.poll(() => failures).toHaveLength(1);
    state.isDown = false;
    followed.refresh();
    await expect.poll(() => written).toEqual(['https://a.example']);
    followed.refresh();
    state.origins = ['https://b.example'];
    followed.refresh();
    await expect.poll(() => written).toEqual(['https://a.example', 'https://b.example']);
  });
});
