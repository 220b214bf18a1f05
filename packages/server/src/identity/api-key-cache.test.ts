import { afterEach, describe, expect, it } from 'vitest';
import type { ApiKey, KeyNotifications } from './api-key.ts';
import { type ApiKeyCache, createApiKeyCache } from './api-key-cache.ts';

const hash = Buffer.alloc(32, 1);
const otherHash = Buffer.alloc(32, 2);
const key: ApiKey = {
  id: 'key-1',
  type: 'secret',
  tenant: 'acme/dev',
  scopes: [],
  createdAt: new Date('2026-05-01T12:00:00.000Z'),
};
const revoked: ApiKey = { ...key, revokedAt: new Date('2026-05-01T13:00:00.000Z') };

/** A database whose answers and notifications the test controls. */
async function openCache() {
  const asked: ((found: ApiKey | undefined) => void)[] = [];
  const failures: ((error: Error) => void)[] = [];
  let listener: Parameters<KeyNotifications['subscribe']>[0] | undefined;
  let isSubscribed = true;
  const cache = await createApiKeyCache(
    {
      findByHash: () =>
        new Promise((resolve, reject) => {
          asked.push(resolve);
          failures.push(reject);
        }),
    },
    {
      subscribe: async (subscribed) => {
        listener = subscribed;
        return {
          [Symbol.asyncDispose]: async () => {
            isSubscribed = false;
          },
        };
      },
    },
  );
  caches.push(cache);
  if (listener === undefined) expect.fail('the cache does not listen');
  return {
    cache,
    notifications: listener,
    lookUps: () => asked.length,
    answer: (index: number, found: ApiKey | undefined) => asked[index]?.(found),
    fail: (index: number) => failures[index]?.(new Error('the database is down')),
    isSubscribed: () => isSubscribed,
  };
}

const caches: ApiKeyCache[] = [];
afterEach(async () => {
  for (const cache of caches.splice(0)) await cache[Symbol.asyncDispose]();
});

describe('createApiKeyCache', () => {
  it('looks a key up once for concurrent requests', async () => {
    const { cache, answer, lookUps } = await openCache();
    const first = cache.find(hash);
    const second = cache.find(Buffer.from(hash));
    answer(0, key);
    expect(await first).toBe(key);
    expect(await second).toBe(key);
    expect(await cache.find(hash)).toBe(key);
    expect(lookUps()).toBe(1);
  });

  it('finds each key under its own hash', async () => {
    const { cache, answer, lookUps } = await openCache();
    const first = cache.find(hash);
    const second = cache.find(otherHash);
    answer(0, key);
    answer(1, revoked);
    expect([await first, await second]).toEqual([key, revoked]);
    expect(lookUps()).toBe(2);
  });

  it('invalidates every key when one is revoked', async () => {
    const { cache, answer, notifications, lookUps } = await openCache();
    const before = cache.find(hash);
    answer(0, key);
    await before;
    notifications.changed();
    const after = cache.find(hash);
    answer(1, revoked);
    expect(await after).toBe(revoked);
    expect(lookUps()).toBe(2);
  });

  it('does not cache a result that a revocation overtook', async () => {
    const { cache, answer, notifications } = await openCache();
    const overtaken = cache.find(hash);
    notifications.changed();
    answer(0, key);
    await overtaken;
    const after = cache.find(hash);
    answer(1, revoked);
    expect(await after).toBe(revoked);
  });

  it('keeps the newer look-up when the one from before a revocation fails late', async () => {
    const { cache, answer, fail, notifications, lookUps } = await openCache();
    const overtaken = cache.find(hash);
    notifications.changed();
    const newer = cache.find(hash);
    fail(0);
    await expect(overtaken).rejects.toThrow('the database is down');
    answer(1, revoked);
    expect(await newer).toBe(revoked);
    expect(await cache.find(hash)).toBe(revoked);
    expect(lookUps()).toBe(2);
  });

  it('caches nothing while the connection for notifications is lost, and caches again afterwards', async () => {
    const { cache, answer, notifications, lookUps } = await openCache();
    const before = cache.find(hash);
    answer(0, key);
    await before;

    notifications.lost();
    for (const index of [1, 2]) {
      const asked = cache.find(hash);
      answer(index, key);
      await asked;
    }
    expect(lookUps()).toBe(3);

    notifications.regained();
    const after = cache.find(hash);
    answer(3, key);
    await after;
    await cache.find(hash);
    expect(lookUps()).toBe(4);
  });

  it('does not cache a result during whose look-up the connection was lost', async () => {
    const { cache, answer, notifications, lookUps } = await openCache();
    const asked = cache.find(hash);
    notifications.lost();
    notifications.regained();
    answer(0, key);
    await asked;
    const after = cache.find(hash);
    answer(1, revoked);
    expect(await after).toBe(revoked);
    expect(lookUps()).toBe(2);
  });

  it('does not cache that a key is unknown: it may be created a moment later', async () => {
    const { cache, answer, lookUps } = await openCache();
    const before = cache.find(hash);
    answer(0, undefined);
    expect(await before).toBeUndefined();
    const after = cache.find(hash);
    answer(1, key);
    expect(await after).toBe(key);
    expect(lookUps()).toBe(2);
  });

  it('does not cache a failure', async () => {
    const { cache, answer, fail } = await openCache();
    const before = cache.find(hash);
    fail(0);
    await expect(before).rejects.toThrow('the database is down');
    const after = cache.find(hash);
    answer(1, key);
    expect(await after).toBe(key);
  });

  it('stops listening when it is disposed', async () => {
    const { cache, isSubscribed } = await openCache();
    await cache[Symbol.asyncDispose]();
    expect(isSubscribed()).toBe(false);
  });
});
