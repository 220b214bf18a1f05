import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import { replaceSample } from '../../../../test-support/src/samples/replace-sample.ts';
import {
  admin,
  later,
  newTenant,
  newUpload,
  noon,
  user,
} from '../../../../test-support/src/samples/samples.ts';
import type { File } from '../../files/file.ts';
import { createMaintenance } from '../maintenance.ts';
import { createUsageLedger, foldUsage } from '../usage/usage-ledger.ts';
import { createVersionRepository } from './version-repository.ts';

const { database, files, uploads } = await useTestDatabase();
const versions = createVersionRepository(database);
const usage = createUsageLedger(database);
const maintenance = createMaintenance(database);

async function registered(): Promise<File> {
  const upload = newUpload(newTenant(), { sizeBytes: 1 });
  return insertFile(uploads, user(upload.tenant, 'alice'), { upload });
}

/** A file that has been replaced this many times; version n has n bytes, and was replaced n hours after noon. */
async function replaced(times: number, keep = 100): Promise<File> {
  let file = await registered();
  for (let time = 1; time <= times; time += 1) {
    file = await replaceSample(uploads, file, { sizeBytes: time + 1, keep, at: later(time * 3_600) });
  }
  return file;
}

const numbersOf = async (file: File) =>
  (await versions.list(file, { limit: 200 })).map(({ version }) => version);

/** Object keys of the file's that are queued for purge, with the minutes until they are. */
async function purgesOf({ tenant }: File, after = noon): Promise<Record<string, number | null>> {
  const rows = await database.rows(sql<{ key: string; due_at: Date | number }>`
    select key, due_at from bkend.purges where tenant = ${tenant} and not starts_with(key, '_pending')`);
  const minutes = (due: Date | number) =>
    due instanceof Date ? (due.getTime() - after.getTime()) / 60_000 : null;
  return Object.fromEntries(rows.map(({ key, due_at }) => [key, minutes(due_at)]));
}

describe('a replacement', () => {
  it('without versions queues the purge of what the file had, for the end of downloads under way', async () => {
    const file = await registered();
    const after = await replaceSample(uploads, file, { keep: 0 });
    expect(await purgesOf(file, after.updatedAt)).toEqual({ [file.objectKey]: 65 });
    expect(await numbersOf(file)).toEqual([]);
    expect(await usage.read(file.tenant)).toMatchObject([{ files: 1, bytes: after.sizeBytes }]);
  });

  it('queues nothing that the file keeps, and what it keeps no more', async () => {
    const file = await replaced(4, 3);
    expect(await numbersOf(file)).toEqual([4, 3, 2]);
    const purged = Object.values(await purgesOf(file));
    expect(purged).toEqual([4 * 60 + 65]);
  });

  it('of a file that is removed meanwhile finds none, and leaves nothing', async () => {
    const file = await registered();
    const replacing = replaceSample(uploads, file, {
      keep: 5,
      whileLocked: async () => void files.remove(admin(file.tenant), [file.id]),
    });
    await replacing;
    await expect.poll(() => files.find(file.tenant, file.id)).toBeUndefined();
    // The removal waited for the lock: its own snapshot has no version.
    const left = await database.rows(sql`select from bkend.versions where tenant = ${file.tenant}`);
    expect(left).toEqual([]);
    expect(Object.keys(await purgesOf(file))).toHaveLength(2);
    expect(await usage.read(file.tenant)).toEqual([]);
  });
});

describe('removing a file', () => {
  it('removes its versions and their usage, and purges at once what waited for downloads', async () => {
    const file = await replaced(5, 2);
    while ((await foldUsage(database, 100)) > 0);
    expect(await usage.read(file.tenant)).toMatchObject([
      { files: 2, bytes: 9 },
      { files: 1, bytes: 6 },
    ]);
    await files.remove(admin(file.tenant), [file.id]);
    const purged = await purgesOf(file);
    expect(Object.keys(purged)).toHaveLength(6);
    expect(new Set(Object.values(purged))).toEqual(new Set([null]));
    expect(await usage.read(file.tenant)).toEqual([]);
  });

  it('from the trash takes versions along, which came back when it was restored', async () => {
    const file = await replaced(2);
    const caller = admin(file.tenant);
    await files.trash(caller, [file.id], noon);
    expect(await usage.read(file.tenant)).toMatchObject([
      { files: 2, bytes: 3 },
      { files: 1, bytes: 3 },
    ]);
    await files.restore(caller, [file.id]);
    expect(await numbersOf(file)).toEqual([2, 1]);
    await files.trash(caller, [file.id], noon);
    await files.remove(caller, [file.id]);
    expect(await usage.read(file.tenant)).toEqual([]);
    expect(Object.keys(await purgesOf(file))).toHaveLength(3);
  });
});

describe('trimming', () => {
  it('removes versions past their days, and those that are too many', async () => {
    const [first, second] = [await replaced(6), await replaced(2)];
    const rule = { keep: 4, replacedBefore: later(2.5 * 3_600), now: later(10 * 3_600), limit: 10 };
    expect(await maintenance.trimVersions({ ...rule, tenant: first.tenant })).toEqual({ removed: 2 });
    expect(await numbersOf(first)).toEqual([6, 5, 4, 3]);
    expect(await maintenance.trimVersions({ ...rule, tenant: second.tenant })).toEqual({ removed: 2 });
    expect(await maintenance.trimVersions({ ...rule, tenant: first.tenant, keep: 1 })).toEqual({
      removed: 3,
    });
    expect(await numbersOf(first)).toEqual([6]);
    expect(await usage.read(first.tenant)).toMatchObject([
      { files: 1, bytes: 6 },
      { files: 1, bytes: 7 },
    ]);
    expect(await maintenance.tenantsWithVersions()).toContain(first.tenant);
    expect(await maintenance.tenantsWithVersions()).not.toContain(second.tenant);
    expect(Object.values(await purgesOf(second, rule.now))).toEqual([65, 65]);
  });

  it('goes through the files of a tenant a page at a time', async () => {
    const file = await replaced(2);
    const rule = { tenant: file.tenant, keep: 0, now: noon, limit: 1 };
    const first = await maintenance.trimVersions(rule);
    expect(first).toEqual({ removed: 2, lastFile: file.id });
    expect(await maintenance.trimVersions({ ...rule, after: file.id })).toEqual({ removed: 0 });
  });
});
