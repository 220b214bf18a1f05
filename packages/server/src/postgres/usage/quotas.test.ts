import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import { admin, newId, newTenant, newUpload, noon } from '../../../../test-support/src/samples/samples.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Upload } from '../../uploads/upload.ts';
import { correctFiles } from '../files/correct-files.ts';
import { createEnvironmentRepository } from '../projects/environment-repository.ts';
import { createUploadRepository } from '../uploads/upload-repository.ts';
import { createUsageLedger, foldUsage } from './usage-ledger.ts';

const { database } = await useTestDatabase();

async function newEnvironment(quotas: Record<string, number>): Promise<Tenant> {
  const tenant = newTenant();
  await createEnvironmentRepository(database).create({ tenant, id: newId(), at: noon });
  const settings = JSON.stringify(quotas);
  await database.rows(sql`update bkend.environments set settings = ${settings} where tenant = ${tenant}`);
  return tenant;
}

/** Registers `count` uploads at once, by three processes, while totals are folded. @returns the codes of the refusals */
async function registerAtOnce(
  tenant: Tenant,
  count: number,
  fields: Partial<Upload> = {},
): Promise<string[]> {
  const processes = [1, 2, 3].map(() => createUploadRepository(database));
  let isDone = false;
  const folding = (async () => {
    while (!isDone) await foldUsage(database, 10);
  })();
  const outcomes = await Promise.allSettled(
    Array.from({ length: count }, (_, index) => {
      const uploads = processes[index % processes.length];
      if (uploads === undefined) throw new Error('There are three.');
      return insertFile(uploads, admin(tenant), { upload: newUpload(tenant, { sizeBytes: 10, ...fields }) });
    }),
  );
  isDone = true;
  await folding;
  return outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason.code ?? each.reason] : []));
}

const usageOf = async (tenant: Tenant) => {
  const rows = await createUsageLedger(database).read(tenant);
  const sum = (of: (row: (typeof rows)[number]) => number) => rows.reduce((all, row) => all + of(row), 0);
  return { files: sum(({ files }) => files), bytes: sum(({ bytes }) => bytes) };
};

const exceeded = (count: number) => Array.from({ length: count }, () => 'file/quota-exceeded');

describe('a quota', () => {
  it.each([
    { 'quotas.files': 40 },
    { 'quotas.bytes': 409 },
    { 'quotas.userFiles': 40 },
    { 'quotas.userBytes': 400 },
  ])('%j is exact, however many registrations come at once', async (quotas) => {
    const tenant = await newEnvironment(quotas);
    expect(await registerAtOnce(tenant, 100)).toEqual(exceeded(60));
    expect(await usageOf(tenant)).toEqual({ files: 40, bytes: 400 });
  });

  it('is exact, too, where registrations go on side by side until little is free', async () => {
    const [row] = await database.rows(sql<{ max: number }>`
      select current_setting('max_connections')::bigint as max`);
    const limit = 10 * (row?.max ?? 0) * 10;
    const tenant = await newEnvironment({ 'quotas.bytes': limit * 10 });
    const first = Math.floor(limit * 0.85);
    await registerAtOnce(tenant, 1, { sizeBytes: first * 10 });
    await registerAtOnce(tenant, 300, { sizeBytes: 10 });
    const { bytes } = await usageOf(tenant);
    expect(bytes).toBe(first * 10 + 3_000);
    const left = Math.floor((limit * 10 - bytes) / 50);
    await registerAtOnce(tenant, 1, { sizeBytes: (left - 1) * 50 });
    const refused = await registerAtOnce(tenant, 30);
    expect((await usageOf(tenant)).bytes).toBeLessThanOrEqual(limit * 10);
    expect((await usageOf(tenant)).bytes).toBeGreaterThan(limit * 10 - 10);
    expect(refused.length).toBeGreaterThan(0);
  });

  it('of owners holds for each of them, and not for the service', async () => {
    const tenant = await newEnvironment({ 'quotas.userFiles': 2 });
    expect(await registerAtOnce(tenant, 3)).toEqual(exceeded(1));
    expect(await registerAtOnce(tenant, 2, { ownerId: 'bob' })).toEqual([]);
    expect(await registerAtOnce(tenant, 5, { ownerId: 'key', ownerType: 'service' })).toEqual([]);
  });

  it('does not keep a size from being corrected', async () => {
    const tenant = await newEnvironment({ 'quotas.bytes': 10 });
    const file = await insertFile(createUploadRepository(database), admin(tenant), {
      upload: newUpload(tenant, { sizeBytes: 10 }),
    });
    const { correct } = correctFiles(database);
    const corrected = { etag: 'e', sizeBytes: 30 };
    expect(await correct({ tenant, id: file.id, objectKey: file.objectKey }, corrected)).toBe(1);
    expect(await usageOf(tenant)).toMatchObject({ bytes: 30 });
    expect(await registerAtOnce(tenant, 1)).toEqual(exceeded(1));
  });

  it('says what it is, what is used and what was asked', async () => {
    const tenant = await newEnvironment({ 'quotas.files': 9, 'quotas.userBytes': 25 });
    await registerAtOnce(tenant, 1);
    const upload = newUpload(tenant, { sizeBytes: 20 });
    await expect(
      insertFile(createUploadRepository(database), admin(tenant), { upload }),
    ).rejects.toMatchObject({
      code: 'file/quota-exceeded',
      details: { quota: 'quotas.userBytes', limit: 25, used: 10, asked: 20 },
    });
  });
});
