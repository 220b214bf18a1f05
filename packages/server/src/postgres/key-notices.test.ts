import { EventEmitter, once } from 'node:events';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/postgres.ts';
import { type Relay, startRelay } from '../../test/support/relay.ts';
import { newTenant, noon } from '../../test/support/samples.ts';
import { generateApiKey, hashApiKey } from '../identity/api-key.ts';
import { createApiKeyRepository } from './api-key-repository.ts';
import { Database } from './database.ts';
import { createKeyNotices } from './key-notices.ts';

let test: TestDatabase;
let relay: Relay;
let listening: Database;
let news: EventEmitter;
let heard: string[];
let subscription: AsyncDisposable;
beforeEach(async () => {
  test = await createTestDatabase();
  relay = await startRelay(test.url);
  listening = new Database({ url: relay.url });
  news = new EventEmitter();
  heard = [];
  const tell = (what: string) => () => {
    heard.push(what);
    news.emit(what);
  };
  subscription = await createKeyNotices(listening).subscribe({
    changed: tell('changed'),
    lost: tell('lost'),
    regained: tell('regained'),
  });
});
afterEach(async () => {
  await subscription[Symbol.asyncDispose]();
  await listening[Symbol.asyncDispose]();
  await relay[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

async function revokeOne(): Promise<void> {
  const keys = createApiKeyRepository(test.database);
  const id = v7();
  const key = { id, type: 'secret', tenant: newTenant(), scopes: [], createdAt: noon } as const;
  await keys.insert(key, hashApiKey(generateApiKey('secret')));
  await keys.revoke(id, noon);
}

describe('notices about keys', () => {
  it('come when a key is revoked by another process', async () => {
    const changed = once(news, 'changed');
    await revokeOne();
    await changed;
    expect(heard).toEqual(['changed']);
  });

  it('say so when the connection breaks, and come again on the next one', async () => {
    const lost = once(news, 'lost');
    const regained = once(news, 'regained');
    relay.hangUp({ refuse: true });
    await lost;
    relay.recover();
    await regained;
    const changed = once(news, 'changed');
    await revokeOne();
    await changed;
    expect(heard).toEqual(['lost', 'regained', 'changed']);
  });

  it('say so within five seconds when the server falls silent', async () => {
    const lost = once(news, 'lost');
    const since = performance.now();
    relay.fallSilent();
    await lost;
    expect(performance.now() - since).toBeLessThan(5_000);
    relay.recover();
    relay.hangUp();
    await once(news, 'regained');
  });

  it('stop when they are no longer wanted', async () => {
    await subscription[Symbol.asyncDispose]();
    relay.hangUp();
    await revokeOne();
    expect(heard).toEqual([]);
  });
});
