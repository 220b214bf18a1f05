import { defaultLimits } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { noon } from '../../test/support/samples.ts';
import type { ChangeNotices } from '../identity/noticed-cache.ts';
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

/** A cache over one environment that the test changes by hand, and news of it that come when the test says so. */
async function openCache(unheardForMs = 0) {
  let listener: Parameters<ChangeNotices['subscribe']>[0] | undefined;
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
    { ...service, unheardForMs },
  );
  const maxBytes = async () => (await cache.findSettings('shop/prod'))['uploads.maxFileBytes'];
  return { cache, state, maxBytes, news: () => listener ?? expect.fail('nothing listens') };
}

const changed: Environment = { ...shop, settings: { 'uploads.maxFileBytes': 2 } };

describe('remembered environments', () => {
  it('are there without waiting once they were looked up, until news come of a change', async () => {
    const { cache, news } = await openCache();
    expect(cache.peekSettings('shop/prod')).toBeUndefined();
    const settings = await cache.findSettings('shop/prod');
    expect(cache.peekSettings('shop/prod')).toBe(settings);
    news().changed();
    expect(cache.peekSettings('shop/prod')).toBeUndefined();
  });

  it('are believed for a while also when news cannot come, where a caller says so', async () => {
    const { state, maxBytes, news } = await openCache(60_000);
    await maxBytes();
    news().lost();
    expect([await maxBytes(), await maxBytes()]).toEqual([1, 1]);
    expect(state.looks).toBe(2);
  });

  it('cost no look-up but the first, until news come of a change', async () => {
    const { state, maxBytes, news } = await openCache();
    expect([await maxBytes(), await maxBytes()]).toEqual([1, 1]);
    expect(state.looks).toBe(1);
    state.environment = changed;
    news().changed();
    expect(await maxBytes()).toBe(2);
  });

  it('are looked up each time while news cannot come', async () => {
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

  it('have the settings of the service where there is no environment, until it is made', async () => {
    const { cache, state, maxBytes, news } = await openCache();
    state.environment = undefined;
    expect(await maxBytes()).toBe(defaultLimits.maxMultipartBytes);
    expect(await cache.find('shop/prod')).toBeUndefined();
    state.environment = shop;
    news().changed();
    expect(await maxBytes()).toBe(1);
  });

  it('say which origins they allow', async () => {
    const { cache, state, news } = await openCache();
    expect(await cache.findOrigins()).toEqual(new Set(['https://a.example']));
    state.origins = [];
    news().changed();
    expect(await cache.findOrigins()).toEqual(new Set());
  });

  it('show who is home', async () => {
    const { cache, state } = await openCache();
    state.environment = { ...shop, isHome: true };
    expect((await cache.findSettings('shop/prod')).home).toBe(true);
  });
});
