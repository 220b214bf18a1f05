import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { registerUpload } from '../../../../test-support/src/samples/register-upload.ts';
import {
  admin,
  newTenant,
  newUpload,
  noon,
  registrationOf,
} from '../../../../test-support/src/samples/samples.ts';
import { createUsageLedger, foldUsage } from './usage-ledger.ts';

const alice = { ownerId: 'alice', ownerType: 'user' } as const;

const { database, uploads, files } = await useTestDatabase();
const usage = createUsageLedger(database);

describe('usage', () => {
  it('is zero for an owner without files', async () => {
    expect(await usage.read(newTenant(), alice)).toEqual([]);
  });

  it('has files and bytes of an owner and of the tenant, by category and visibility', async () => {
    const tenant = newTenant();
    const owned = [
      { ownerId: 'alice', category: 'images', visibility: 'public', sizeBytes: 5_497_558_138_880 },
      { ownerId: 'alice', category: 'images', visibility: 'public', sizeBytes: 2 },
      { ownerId: 'alice', category: 'temp', visibility: 'private', sizeBytes: 3 },
      { ownerId: 'bob', category: 'images', visibility: 'public', sizeBytes: 4 },
    ] as const;
    const ids: string[] = [];
    for (const fields of owned) {
      const upload = newUpload(tenant, fields);
      await uploads.insert(upload);
      const registration = registrationOf(upload);
      ids.push(registration.id);
      await registerUpload(uploads, admin(tenant), registration);
    }
    const images = { category: 'images', visibility: 'public' };
    const temp = { category: 'temp', visibility: 'private', files: 1, bytes: 3 };
    for (const fold of [() => 0, () => foldUsage(database, 2), () => foldUsage(database, 100)]) {
      await fold();
      expect(await usage.read(tenant, alice)).toEqual([
        { ...images, files: 2, bytes: 5_497_558_138_882 },
        temp,
      ]);
      expect(await usage.read(tenant)).toEqual([{ ...images, files: 3, bytes: 5_497_558_138_886 }, temp]);
    }
    await files.change({ tenant, id: ids[2] ?? '', at: noon }, () => ({ visibility: 'public' }));
    await files.remove(admin(tenant), ids.slice(0, 2));
    expect(await usage.read(tenant, alice)).toEqual([{ ...temp, visibility: 'public' }]);
  });

  it('of a service is not that of the user with the same id', async () => {
    const tenant = newTenant();
    for (const ownerType of ['user', 'service', 'service'] as const) {
      const upload = newUpload(tenant, { ownerType, sizeBytes: 5 });
      await uploads.insert(upload);
      await registerUpload(uploads, admin(tenant), registrationOf(upload));
    }
    const image = { category: 'images', visibility: 'private' };
    for (const fold of [() => 0, () => foldUsage(database, 100)]) {
      await fold();
      expect(await usage.read(tenant, alice)).toEqual([{ ...image, files: 1, bytes: 5 }]);
      expect(await usage.read(tenant, { ...alice, ownerType: 'service' })).toEqual([
        { ...image, files: 2, bytes: 10 },
      ]);
      expect(await usage.read(tenant)).toEqual([{ ...image, files: 3, bytes: 15 }]);
    }
  });

  it('is exact at every moment, while files are created, changed and removed and deltas are folded', async () => {
    const tenant = newTenant();
    const caller = admin(tenant);
    const counts: number[] = [];
    let isOver = false;
    const expectPlausible = async () => {
      while (!isOver) {
        const rows = await usage.read(tenant);
        counts.push(rows.reduce((sum, row) => sum + row.files, 0));
        for (const row of rows) expect(row.bytes).toBe(row.files * 7);
      }
    };
    const fold = async () => {
      while (!isOver) await foldUsage(database, 5);
    };
    const work = async () => {
      for (let round = 0; round < 15; round += 1) {
        const upload = newUpload(tenant, { sizeBytes: 7 });
        await uploads.insert(upload);
        const registration = registrationOf(upload);
        await registerUpload(uploads, caller, registration);
        const where = { tenant, id: registration.id, at: noon };
        await files.change(where, () => ({ visibility: 'public' }));
        if (round % 3 === 0) await files.remove(caller, [registration.id]);
      }
    };
    const watching = [expectPlausible(), fold(), fold()];
    await Promise.all([work(), work(), work(), work()]);
    isOver = true;
    await Promise.all(watching);

    const expected = [{ category: 'images', visibility: 'public', files: 40, bytes: 280 }];
    expect(await usage.read(tenant)).toEqual(expected);
    while ((await foldUsage(database, 100)) > 0);
    expect(await usage.read(tenant)).toEqual(expected);
    expect(await files.count(caller, {})).toEqual({ total: 40, isExact: true });
    for (const count of counts) expect(count).toBeLessThanOrEqual(44);
  });
});
