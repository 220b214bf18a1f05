import { defaultLimits } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { noon } from '../../../test-support/src/samples/samples.ts';
import type { ChangeNotifications } from '../identity/notified-cache.ts';
import type { Environment } from './environment.ts';
import { createEnvironmentCache } from './environment-cache.ts';

const service = { limits: defaultLimits, corsOrigins: '*' } as const;
const shop: Environment = {
  tenant: 'shop/prod',
  id: 'id',
  createdAt: noon,
  settings: { 'uploads.maxFileBytes': 1 },
  isHome: false,
  ownsFirstSecret: false,
  rivalAudiences: [],
};

/** A cache over one environment, which the test changes, and its notifications, which the test sends. */
async function openCache(maxAgeWithoutNotificationsMs = 0) {
  let listener: Parameters<ChangeNotifications['subscribe']>[0] | undefined;
  const state = { environment: shop as Environment | undefined, origins: ['https://a.example'], looks: 0 };
  const cache = await createEnvironmentCache(
    {
      find: async () => {
        state.looks += 1;
        return state.environment;
      },
      listOrigins: async () => state.origins,
    },
    {
      subscribe: async (given) => {
        listener = given;
        return { [Symbol.asyncDispose]: async () => {} };
      },
    },
    { ...service, maxAgeWithoutNotificationsMs },
  );
  const maxBytes = async () => (await cache.findSettings('shop/prod'))['uploads.maxFileBytes'];
  return { cache, state, maxBytes, news: () => listener ?? expect.fail('nothing listens') };
}

const changed: Environment = { ...shop, settings: { 'uploads.maxFileBytes': 2 } };

describe('cached environments', () => {
  it('are available without waiting after a look-up, until a notification of a change', async () => {
    const { cache, news } = await openCache();
    expect(cache.peekSettings('shop/prod')).toBeUndefined();
    const settings = await cache.findSettings('shop/prod');
    expect(cache.peekSettings('shop/prod')).toBe(settings);
    news().changed();
    expect(cache.peekSettings('shop/prod')).toBeUndefined();
  });

  it('are cached for a given time without a connection for notifications, where the caller asks for it', async () => {
    const { state, maxBytes, news } = await openCache(60_000);
    await maxBytes();
    news().lost();
    expect([await maxBytes(), await maxBytes()]).toEqual([1, 1]);
    expect(state.looks).toBe(2);
  });

  it('cost one look-up, until a notification of a change', async () => {
    const { state, maxBytes, news } = await openCache();
    expect([await maxBytes(), await maxBytes()]).toEqual([1, 1]);
    expect(state.looks).toBe(1);
    state.environment = changed;
    news().changed();
    expect(await maxBytes()).toBe(2);
  });

  it('are looked up each time while the connection for notifications is lost', async () => {
    const { state, maxBytes, news } = await openCache();
    await maxBytes();
    news().lost();
    state.environment = changed;
    expect(await maxBytes()).toBe(2);
    state.environment = shop;
    expect(await maxBytes()).toBe(1);
    news().regained();
    await maxBytes();
    const { looks } = state;
    expect(await maxBytes()).toBe(1);
    expect(state.looks).toBe(looks);
  });

  it('have the settings of the service until they are created', async () => {
    const { cache, state, maxBytes, news } = await openCache();
    state.environment = undefined;
    expect(await maxBytes()).toBe(defaultLimits.maxMultipartBytes);
    expect(await cache.find('shop/prod')).toBeUndefined();
    state.environment = shop;
    news().changed();
    expect(await maxBytes()).toBe(1);
  });

  it('name the origins that they allow', async () => {
    const { cache, state, news } = await openCache();
    expect(await cache.findOrigins()).toEqual(new Set(['https://a.example']));
    state.origins = [];
    news().changed();
    expect(await cache.findOrigins()).toEqual(new Set());
  });

  it('name the home environment', async () => {
    const { cache, state } = await openCache();
    state.environment = { ...shop, isHome: true };
    expect((await cache.findSettings('shop/prod')).home).toBe(true);
  });
});
