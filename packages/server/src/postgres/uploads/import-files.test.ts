import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { defaultLimits } from '@bkend/storage-contract';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentials, type RunningStore, region, startStore } from '../../../../store/test/running-store.ts';
import {
  createTestDatabase,
  type TestDatabase,
} from '../../../../test-support/src/postgres/test-database.ts';
import { keptTotals, totalsOfFiles } from '../../../../test-support/src/postgres/totals.ts';
import { sampleJobsDeps } from '../../../../test-support/src/samples/jobs-deps.ts';
import { admin, newTenant } from '../../../../test-support/src/samples/samples.ts';
import type { File } from '../../files/file.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import { writeMarker } from '../../jobs/installation-marker.ts';
import { purgeObjects } from '../../jobs/purge-objects.ts';
import { reconcile } from '../../jobs/reconcile/reconcile.ts';
import { settingsInForce } from '../../projects/environment-settings.ts';
import { openObjectStore } from '../../s3/open-object-store.ts';
import { makeFileKey } from '../../uploads/file-key.ts';
import type { ImportRecord } from '../../uploads/import/import-entry.ts';
import { type ImportDeps, type ImportFailure, importFiles } from '../../uploads/import/import-files.ts';
import { createFileRepository } from '../file-repository.ts';
import { foldUsage } from '../usage/usage-ledger.ts';
import { createImportRepository } from './import-files.ts';

const dayMs = 24 * 60 * 60 * 1_000;
const tenant = newTenant();
const { signal } = new AbortController();

let test: TestDatabase;
let running: RunningStore;
let store: ObjectStore & AsyncDisposable;
let deps: ImportDeps;

beforeEach(async () => {
  [test, running] = await Promise.all([createTestDatabase(), startStore()]);
  store = openObjectStore({
    ...{ endpoint: running.endpoint, region, credentials, bucket: 'bucket', copiesByReference: true },
    clock: () => new Date(),
    warn: (message, cause) => {
      throw new Error(message, { cause });
    },
  });
  deps = {
    imports: createImportRepository(test.database),
    objects: store,
    clock: () => new Date(),
    limits: defaultLimits,
  };
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

async function bringIn(records: readonly ImportRecord[], from: Partial<ImportDeps> = {}) {
  const failures: ImportFailure[] = [];
  const source = async function* () {
    for (const [index, record] of records.entries()) {
      const body = Buffer.from(`\0${record.originalName}`);
      yield {
        at: String(index),
        record: { mimeType: 'text/plain', ...record },
        bytes: {
          name: String(index),
          check: async () => {},
          open: async () => ({ body: Readable.from([body]), sizeBytes: body.length }),
        },
      };
    }
  };
  const counts = await importFiles({ ...deps, ...from }, source(), {
    tenant,
    settings: settingsInForce({}, { limits: defaultLimits, corsOrigins: '*' }),
    defaultOwner: { ownerId: 'import', ownerType: 'service' },
    owners: new Map(),
    isDryRun: false,
    ignoresPolicy: false,
    onFailure: async (failure) => void failures.push(failure),
  });
  return { counts, failures };
}

const everyFile = async () => {
  const rows = await test.database.rows<{ id: string }>(sql`select id from bkend.files order by id`);
  return createFileRepository(test.database).findMany(
    tenant,
    rows.map(({ id }) => id),
  );
};

/** Keys of every kind: of this server, of another tenant, given; with tildes, and with the tenant in front. */
const kinds = (): ImportRecord[] => {
  const id = randomUUID();
  const own = makeFileKey({ tenant, category: 'images', id, filename: 'a.png', at: new Date() });
  return [
    { originalName: 'own.png', mimeType: 'image/png', s3Key: own },
    { originalName: 'other', s3Key: own.replace(tenant, 'other/prod') },
    { originalName: 'given', s3Key: 'photos/2019/a b.jpg' },
    { originalName: 'tilde', s3Key: 'photos/a~1.jpg' },
    { originalName: 'below the tenant', s3Key: `${tenant}/photos/a.jpg` },
    { originalName: 'the tenant', s3Key: tenant },
    { originalName: 'none', id: randomUUID() },
  ];
};

describe('imported files', () => {
  it('of every kind of key are known to the reconciler, which leaves them and finds no difference', async () => {
    const { counts, failures } = await bringIn(kinds());
    expect({ counts, failures }).toMatchObject({ counts: { imported: kinds().length }, failures: [] });
    const jobs = sampleJobsDeps(test.database, store, () => new Date(Date.now() + 10 * dayMs));
    await writeMarker(jobs, { again: false });
    const { counts: found } = await reconcile.run(jobs, { repair: true, signal });
    expect(found).toMatchObject({
      ...{ files: kinds().length, losingCopies: 0, orphanedObjects: 0, lostFiles: 0, driftedFiles: 0 },
    });
    const objectKeys = (await everyFile()).map(({ objectKey }) => objectKey);
    expect(await jobs.purges.enqueue(objectKeys)).toBe(0);
  });

  it('leave no bytes when they are removed', async () => {
    await bringIn(kinds());
    const files = await everyFile();
    await createFileRepository(test.database).remove(
      admin(tenant),
      files.map(({ id }) => id),
    );
    const jobs = sampleJobsDeps(test.database, store, () => new Date());
    await purgeObjects.run(jobs, { repair: false, signal });
    const left: string[] = [];
    for await (const { key } of store.listObjects(`${tenant}/`)) left.push(key);
    expect(left).toEqual([]);
  });

  it('are counted in all totals as those of uploads', async () => {
    await bringIn(
      kinds().map((record, index) => ({ ...record, folder: `f/${index % 2}`, metadata: { tags: ['t'] } })),
    );
    while ((await foldUsage(test.database, 1_000)) > 0);
    const kept = await keptTotals(test.database, tenant);
    expect(kept).toEqual(await totalsOfFiles(test.database, tenant));
  });
});

describe('bytes that no file takes', () => {
  it('are purged: those of a run that died after it wrote them', async () => {
    const died = new Error('killed');
    const imports = {
      ...deps.imports,
      create: async () => {
        throw died;
      },
    };
    await expect(bringIn(kinds(), { imports })).rejects.toBe(died);
    const jobs = sampleJobsDeps(test.database, store, () => new Date(Date.now() + dayMs));
    await purgeObjects.run(jobs, { repair: false, signal });
    const left: string[] = [];
    for await (const { key } of store.listObjects(`${tenant}/`)) left.push(key);
    expect(left).toEqual([]);
    expect((await bringIn(kinds())).counts).toMatchObject({ imported: kinds().length, failed: 0 });
  });

  it('become no file once their purge has begun', async () => {
    const jobs = sampleJobsDeps(test.database, store, () => new Date(Date.now() + dayMs));
    const imports = {
      ...deps.imports,
      create: async (...[of, files, dueAt]: Parameters<ImportDeps['imports']['create']>) => {
        await purgeObjects.run(jobs, { repair: false, signal });
        return deps.imports.create(of, files as File[], dueAt);
      },
    };
    const { counts, failures } = await bringIn(kinds(), { imports });
    expect(counts).toMatchObject({ imported: 0, failed: kinds().length });
    expect(failures[0]?.error).toMatchObject({ code: 'common/unavailable' });
    expect(await everyFile()).toEqual([]);
  });

  it('are those of the run that came second, when two import the same at once', async () => {
    const records = kinds();
    const both = await Promise.all([bringIn(records), bringIn(records)]);
    expect(both.map(({ counts }) => counts.failed)).toEqual([0, 0]);
    expect(both.reduce((sum, { counts }) => sum + counts.imported, 0)).toBe(records.length);
    expect(await everyFile()).toHaveLength(records.length);
  });
});
