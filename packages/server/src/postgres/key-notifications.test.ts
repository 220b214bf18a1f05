import { EventEmitter, once } from 'node:events';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Relay, startRelay } from '../../../test-support/src/network/relay.ts';
import { createTestDatabase, type TestDatabase } from '../../../test-support/src/postgres/test-database.ts';
import { newTenant, noon } from '../../../test-support/src/samples/samples.ts';
import { generateApiKey, hashApiKey } from '../identity/api-key.ts';
import { Database } from './database/database.ts';
import { createApiKeyRepository } from './keys/api-key-repository.ts';
import { createKeyNotifications } from './notifications.ts';

let test: TestDatabase;
let relay: Relay;
let listening: Database;
let news: EventEmitter;
let received: string[];
let subscription: AsyncDisposable;
beforeEach(async () => {
  test = await createTestDatabase();
  relay = await startRelay(test.url);
  listening = new Database({ url: relay.url });
  news = new EventEmitter();
  received = [];
  const tell = (what: string) => () => {
    received.push(what);
    news.emit(what);
  };
  subscription = await createKeyNotifications(listening).subscribe({
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

describe('notifications about keys', () => {
  it('arrive when another process revokes a key', async () => {
    const changed = once(news, 'changed');
    await revokeOne();
    await changed;
    expect(received).toEqual(['changed']);
  });

  it('report a lost connection, and arrive again on the next one', async () => {
    const lost = once(news, 'lost');
    const regained = once(news, 'regained');
    relay.hangUp({ refuse: true });
    await lost;
    relay.recover();
    await regained;
    const changed = once(news, 'changed');
    await revokeOne();
    await changed;
    expect(received).toEqual(['lost', 'regained', 'changed']);
  });

  it('report a server that falls silent within five seconds', async () => {
    const lost = once(news, 'lost');
    const since = performance.now();
    relay.fallSilent();
    await lost;
    expect(performance.now() - since).toBeLessThan(5_000);
    relay.recover();
    relay.hangUp();
    await once(news, 'regained');
  });

  it('end when the subscription is disposed', async () => {
    await subscription[Symbol.asyncDispose]();
    relay.hangUp();
    await revokeOne();
    expect(received).toEqual([]);
  });
});
