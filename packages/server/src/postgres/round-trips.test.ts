import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Relay, startRelay } from '../../../test-support/src/network/relay.ts';
import { createTestDatabase, type TestDatabase } from '../../../test-support/src/postgres/test-database.ts';
import {
  admin,
  guest,
  later,
  newTenant,
  newUpload,
  noon,
  registrationOf,
  user,
} from '../../../test-support/src/samples/samples.ts';
import { Database } from './database/database.ts';
import { createFileRepository } from './file-repository.ts';
import { createFolderRepository } from './folder-repository.ts';
import { createUploadRepository } from './uploads/upload-repository.ts';
import { createUsageLedger } from './usage/usage-ledger.ts';

let test: TestDatabase;
let relay: Relay;
let database: Database;
beforeAll(async () => {
  test = await createTestDatabase();
  relay = await startRelay(test.url);
  database = new Database({ url: relay.url, maxConnections: 1 });
  await database.check();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await relay[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

async function roundTripsOf(work: () => Promise<unknown>): Promise<number> {
  const before = relay.roundTrips;
  await work();
  return relay.roundTrips - before;
}

describe('round trips to the database', () => {
  it('are one for each call, and four for a change', async () => {
    const uploads = createUploadRepository(database);
    const files = createFileRepository(database);
    const folders = createFolderRepository(database);
    const usage = createUsageLedger(database);
    const tenant = newTenant();
    const alice = user(tenant, 'alice');
    const upload = newUpload(tenant, { visibility: 'public' });
    const registration = registrationOf(upload);
    const { id } = registration;
    const order = { by: 'createdAt', direction: 'desc' } as const;
    const page = { filter: {}, order, limit: 20 };

    expect(await roundTripsOf(() => uploads.insert(upload))).toBe(1);
    expect(await roundTripsOf(() => uploads.find(tenant, upload.key))).toBe(1);
    const claim = { tenant, key: upload.key, attempt: registration.attempt, at: noon, leaseUntil: later(20) };
    expect(await roundTripsOf(() => uploads.claim(alice, claim))).toBe(1);
    expect(await roundTripsOf(() => uploads.renewClaim(claim))).toBe(1);
    expect(await roundTripsOf(() => uploads.register(registration))).toBe(1);
    expect(await roundTripsOf(() => uploads.release({ ...claim, hasCopied: true }))).toBe(1);
    expect(await roundTripsOf(() => files.find(tenant, id))).toBe(1);
    expect(await roundTripsOf(() => files.findByKey(tenant, upload.key))).toBe(1);
    expect(await roundTripsOf(() => files.findPublicByKey(upload.key))).toBe(1);
    for (const caller of [alice, admin(tenant), guest(tenant)]) {
      expect(await roundTripsOf(() => files.list(caller, page))).toBe(1);
      expect(await roundTripsOf(() => files.list(caller, { ...page, filter: { search: 'photo' } }))).toBe(1);
      expect(await roundTripsOf(() => files.count(caller, {}))).toBe(1);
      expect(await roundTripsOf(() => files.count(caller, { search: 'photo' }))).toBe(1);
      const children = { parent: 'a', mine: false, trash: false, limit: 20 };
      expect(await roundTripsOf(() => folders.list(caller, children))).toBe(1);
    }
    const owner = { ownerId: 'alice', ownerType: 'user' } as const;
    expect(await roundTripsOf(() => folders.keep(alice, { path: 'a/b', owner, at: noon }))).toBe(1);
    expect(await roundTripsOf(() => usage.read(tenant, { ownerId: 'alice', ownerType: 'user' }))).toBe(1);
    // begin, read, write (shares and all), commit
    const where = { tenant, id, at: noon };
    expect(await roundTripsOf(() => files.change(where, () => ({ originalName: 'x' })))).toBeLessThanOrEqual(
      5,
    );
    expect(await roundTripsOf(() => files.trash(alice, [id, id], noon))).toBe(1);
    expect(await roundTripsOf(() => files.list(alice, { ...page, filter: { trash: true } }))).toBe(1);
    expect(await roundTripsOf(() => files.findWithTrash(tenant, id))).toBe(1);
    expect(await roundTripsOf(() => files.restore(alice, [id, id]))).toBe(1);
    expect(await roundTripsOf(() => files.emptyTrash({ tenant }, { at: noon, limit: 10 }))).toBe(1);
    expect(await roundTripsOf(() => files.remove(alice, [id, id]))).toBe(1);
    expect(await roundTripsOf(() => uploads.abort(tenant, upload.key))).toBe(1);
  });

  it('of concurrently inserted uploads are shared', async () => {
    const uploads = createUploadRepository(database);
    const many = Array.from({ length: 200 }, () => newUpload(newTenant()));
    expect(await roundTripsOf(() => Promise.all(many.map((upload) => uploads.insert(upload))))).toBe(1);
  });
});
