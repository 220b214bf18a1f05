import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createTestDatabase,
  type TestDatabase,
} from '../../../../test-support/src/postgres/test-database.ts';
import { later, newTenant, noon } from '../../../../test-support/src/samples/samples.ts';
import { type ApiKey, generateApiKey, hashApiKey } from '../../identity/api-key.ts';
import { Database } from '../database/database.ts';
import { createApiKeyRepository } from './api-key-repository.ts';

let test: TestDatabase;
beforeEach(async () => {
  test = await createTestDatabase();
});
afterEach(() => test[Symbol.asyncDispose]());

function newKey(fields: Partial<ApiKey> = {}): { key: ApiKey; hash: Buffer } {
  const key: ApiKey = {
    id: v7(),
    type: 'secret',
    tenant: newTenant(),
    scopes: [],
    createdAt: noon,
    ...fields,
  };
  return { key, hash: hashApiKey(generateApiKey(key.type)) };
}

describe('API keys', () => {
  it('are found by their hash, as they were inserted', async () => {
    const keys = createApiKeyRepository(test.database);
    const plain = newKey();
    const full = newKey({
      type: 'publishable',
      name: `o'"{한글`,
      scopes: ['files:read', '*:*'],
      expiresAt: later(60),
      revokedAt: later(30),
    });
    for (const { key, hash } of [plain, full]) {
      await keys.insert(key, hash);
      expect(await keys.findByHash(hash)).toEqual(key);
    }
    expect(await keys.findByHash(newKey().hash)).toBeUndefined();
  });

  it('are listed newest first', async () => {
    const keys = createApiKeyRepository(test.database);
    const made = [0, 2, 1].map((second) => newKey({ createdAt: later(second) }));
    for (const { key, hash } of made) await keys.insert(key, hash);
    expect(await keys.list()).toEqual([made[1]?.key, made[2]?.key, made[0]?.key]);
  });

  it('keep the instant of their first revocation', async () => {
    const keys = createApiKeyRepository(test.database);
    const { key, hash } = newKey();
    await keys.insert(key, hash);
    const revoked = { ...key, revokedAt: later(60) };
    expect(await keys.revoke(key.id, later(60))).toEqual(revoked);
    expect(await keys.revoke(key.id.toUpperCase(), later(120))).toEqual(revoked);
    expect(await keys.findByHash(hash)).toEqual(revoked);
    for (const id of [v7(), 'nonsense', '']) expect(await keys.revoke(id, noon)).toBeUndefined();
  });

  it('are created once when many processes start on an empty database', async () => {
    const processes = Array.from({ length: 6 }, () => new Database({ url: test.url }));
    const outcomes = await Promise.all(
      processes.map((database) => createApiKeyRepository(database).insertFirst([newKey(), newKey()])),
    );
    await Promise.all(processes.map((database) => database[Symbol.asyncDispose]()));
    expect(outcomes.filter((isFirst) => isFirst)).toHaveLength(1);
    expect(await createApiKeyRepository(test.database).list()).toHaveLength(2);
  });
});
