import { defaultLimits } from '@bkend/storage-contract';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { putObject } from '../../../test/object-store/client.ts';
import { credentials, type RunningStore, region, startStore } from '../../../test/store/running-store.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/support/postgres.ts';
import { insertFile } from '../../../test/support/register-upload.ts';
import { admin, newTenant, newUpload } from '../../../test/support/samples.ts';
import type { File } from '../../files/file.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import type { JobReport, JobsDeps } from '../../jobs/job.ts';
import { sealFiles } from '../../jobs/seal-files.ts';
import { openObjectStore } from '../../s3/open-object-store.ts';
import { createInstallationRecord } from '../installation.ts';
import { createJobLock } from '../job-lock.ts';
import { createUpkeep } from '../upkeep.ts';
import { createUploadRepository } from '../uploads/upload-repository.ts';
import { createFileRepository } from './file-repository.ts';
import { createPurgeOutbox } from './purge-outbox.ts';
import { createSealing } from './seal-files.ts';

const tenant = newTenant();

let test: TestDatabase;
let running: RunningStore;
let store: ObjectStore & AsyncDisposable;

beforeEach(async () => {
  [test, running] = await Promise.all([createTestDatabase(), startStore()]);
  store = openObjectStore({
    ...{ endpoint: running.endpoint, region, credentials, bucket: 'bucket', copiesByReference: true },
    clock: () => new Date(),
    warn: () => {},
  });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

/** A file as the version before registered it, its bytes at the key. */
async function oldFile(bytes?: string): Promise<File> {
  const repositories = {
    uploads: createUploadRepository(test.database),
    files: createFileRepository(test.database),
  };
  const upload = newUpload(tenant, { createdAt: new Date(), sizeBytes: 5 });
  const fields = { etag: '5d41402abc4b2a76b9719d911017c592' };
  const file = await insertFile(repositories, admin(tenant), { upload, fields });
  await test.database.rows(sql`update bkend.files set object_key = null where id = ${file.id}`);
  if (bytes !== undefined) await putObject(store, file.key, bytes);
  return file;
}

/** @param objects in place of the store */
async function run(objects: ObjectStore = store): Promise<JobReport> {
  const deps: JobsDeps = {
    upkeep: createUpkeep(test.database),
    purges: createPurgeOutbox(test.database),
    sealing: createSealing(test.database),
    installation: createInstallationRecord(test.database),
    objects,
    lock: createJobLock(test.database),
    clock: () => new Date(),
    limits: defaultLimits,
  };
  return sealFiles.run(deps, { repair: false, signal: new AbortController().signal });
}

async function sealedIds(): Promise<string[]> {
  const rows = await test.database.rows(
    sql<{ id: string }>`select id from bkend.files where object_key is not null order by id`,
  );
  return rows.map(({ id }) => id);
}

describe('sealing the files of the version before', () => {
  it('goes on behind a file that cannot be copied, and takes that one when it can be', async () => {
    const first = await oldFile('hello');
    const second = await oldFile('hello');
    const failing: ObjectStore = {
      ...store,
      async copy(copy) {
        if (copy.from === first.key) throw new Error('No copy of this one.');
        return store.copy(copy);
      },
    };
    await expect(run(failing)).rejects.toThrow('No copy of this one.');
    expect(await sealedIds()).toEqual([second.id]);
    expect((await run()).counts).toMatchObject({ sealed: 1 });
    expect(await sealedIds()).toEqual([first.id, second.id].sort());
  });

  it('reports a file without bytes once, and seals it when its bytes are there', async () => {
    const file = await oldFile();
    expect((await run()).findings).toEqual([`file without bytes: ${file.id} in ${tenant}, ${file.key}`]);
    expect((await run()).findings).toEqual([]);
    await putObject(store, file.key, 'hello');
    expect((await run()).counts).toMatchObject({ sealed: 1 });
  });
});
