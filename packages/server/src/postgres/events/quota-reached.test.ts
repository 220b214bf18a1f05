import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { settledEvents } from '../../../../test-support/src/postgres/settled-events.ts';
import { createTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import { later, newTenant, newUpload, user } from '../../../../test-support/src/samples/samples.ts';
import type { QuotaReached } from '../../uploads/quotas.ts';
import { Database } from '../database/database.ts';
import { createEnvironmentRepository } from '../projects/environment-repository.ts';
import { createUploadRepository } from '../uploads/upload-repository.ts';
import { createEventRepository } from './event-repository.ts';
import { createQuotaReachedEvents } from './quota-reached.ts';

const test = await createTestDatabase();
afterAll(() => test[Symbol.asyncDispose]());
const { database, url } = test;
const events = createEventRepository(database);
const details = { quota: 'quotas.userBytes', limit: 20, used: 16, asked: 5 };
const owner = { ownerId: 'alice', ownerType: 'user' } as const;

async function readAll(tenant: QuotaReached['tenant']) {
  await settledEvents(database);
  return (await events.read({ tenant, after: 0, limit: 100 })).events;
}

it('each quota of each account has one event an hour, over all processes', async () => {
  const tenant = newTenant();
  const reached: QuotaReached[] = [
    { tenant, owner, details },
    { tenant, owner: { ...owner, ownerId: 'bob' }, details },
    { tenant, details: { ...details, quota: 'quotas.files' } },
  ];
  const refuse = async () => {
    const processes = [createQuotaReachedEvents(database), createQuotaReachedEvents(database)];
    await Promise.all(reached.flatMap((each) => [...processes, ...processes].map((record) => record(each))));
  };
  await refuse();
  await refuse();
  const first = await readAll(tenant);
  expect(first.map(({ ownerId }) => ownerId ?? 'environment').sort()).toEqual([
    'alice',
    'bob',
    'environment',
  ]);
  expect(first.every(({ type }) => type === 'quota.reached')).toBe(true);
  expect(first.find(({ ownerId }) => ownerId === 'alice')?.details).toEqual({ ...details, ...owner });
  await database.rows(sql`update bkend.quotas_reached set reached_at = now() - interval '61 minutes'
    where tenant = ${tenant} and owner_id = 'alice'`);
  await refuse();
  expect((await readAll(tenant)).map(({ ownerId }) => ownerId)).toHaveLength(4);
});

it('the trigger names the account that it refuses, and the database says so', async () => {
  const tenant = newTenant();
  await createEnvironmentRepository(database).create({ tenant, id: randomUUID(), at: later(0) });
  await database.rows(sql`
    update bkend.environments set settings = '{"quotas.userFiles": 0}' where tenant = ${tenant}`);
  const refusals: QuotaReached[] = [];
  await using limited = new Database({ url, onQuotaReached: (reached) => refusals.push(reached) });
  const refused = insertFile(createUploadRepository(limited), user(tenant, 'alice'), {
    upload: newUpload(tenant),
  });
  await expect(refused).rejects.toMatchObject({
    code: 'file/quota-exceeded',
    details: { quota: 'quotas.userFiles', limit: 0, used: 0, asked: 1 },
  });
  expect(refusals).toEqual([
    { tenant, owner, details: { quota: 'quotas.userFiles', limit: 0, used: 0, asked: 1 } },
  ]);
});
