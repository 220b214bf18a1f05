import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentials, type RunningStore, region, startStore } from '../../../../store/test/running-store.ts';
import {
  createTestDatabase,
  type TestDatabase,
} from '../../../../test-support/src/postgres/test-database.ts';
import { sampleJobsDeps } from '../../../../test-support/src/samples/jobs-deps.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import { admin, newTenant, newUpload } from '../../../../test-support/src/samples/samples.ts';
import { putObject } from '../../../test/object-store/client.ts';
import type { File } from '../../files/file.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import type { JobReport } from '../../jobs/job.ts';
import { sealFiles } from '../../jobs/seal-files.ts';
import { openObjectStore } from '../../s3/open-object-store.ts';
import { createUploadRepository } from '../uploads/upload-repository.ts';

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

/** A file as the first version registered it, its bytes at the key. */
async function oldFile(bytes?: string): Promise<File> {
  const uploads = createUploadRepository(test.database);
  const upload = newUpload(tenant, { createdAt: new Date(), sizeBytes: 5 });
  const fields = { etag: '5d41402abc4b2a76b9719d911017c592' };
  const file = await insertFile(uploads, admin(tenant), { upload, fields });
  await test.database.rows(sql`update bkend.files set object_key = null where id = ${file.id}`);
  if (bytes !== undefined) await putObject(store, file.key, bytes);
  return file;
}

interface RunOptions {
  /** The store, or one that fails. */
  readonly objects?: ObjectStore;
  /** Seconds after the present at which the job runs. */
  readonly after?: number;
}

async function run({ objects = store, after = 0 }: RunOptions = {}): Promise<JobReport> {
  const clock = () => new Date(Date.now() + after * 1_000);
  const deps = sampleJobsDeps(test.database, objects, clock);
  return sealFiles.run(deps, { repair: false, signal: new AbortController().signal });
}

async function sealedIds(): Promise<string[]> {
  const rows = await test.database.rows(
    sql<{ id: string }>`select id from bkend.files where object_key is not null order by id`,
  );
  return rows.map(({ id }) => id);
}

/** A store that cannot copy one key. */
function failingFor(key: string): ObjectStore {
  return {
    ...store,
    async copy(copy) {
      if (copy.from === key) throw new Error('No copy of this one.');
      return store.copy(copy);
    },
  };
}

describe('sealing the files of the first version', () => {
  it('seals the files behind one that cannot be copied, and that one when it can be', async () => {
    const first = await oldFile('hello');
    const second = await oldFile('hello');
    const report = await run({ objects: failingFor(first.key) });
    expect(report.counts).toMatchObject({ sealed: 1, failed: 1 });
    expect(await sealedIds()).toEqual([second.id]);
    expect((await run({ after: 60 })).counts).toMatchObject({ sealed: 1, failed: 0 });
    expect(await sealedIds()).toEqual([first.id, second.id].sort());
  });

  it('tries a file that cannot be copied again after a pause that doubles, and reports each attempt once', async () => {
    const file = await oldFile('hello');
    const objects = failingFor(file.key);
    const attemptedAt: number[] = [];
    // A run every 10 s, as if the job ran without end.
    for (let after = 0; after < 400; after += 10) {
      const { counts, findings = [] } = await run({ objects, after });
      expect(findings).toHaveLength(counts.failed ?? 0);
      if (counts.failed === 0) continue;
      attemptedAt.push(after);
      expect(findings[0]).toMatch(
        new RegExp(
          `^attempt ${attemptedAt.length} to seal ${file.id} in .* failed, .*: No copy of this one\\.$`,
        ),
      );
    }
    const pauses = attemptedAt.slice(1).map((at, index) => at - (attemptedAt[index] ?? 0));
    // A run that comes a moment before the next attempt is due leaves it to the run after.
    const doubled = [10, 20, 40, 80, 160];
    expect(pauses).toHaveLength(doubled.length);
    pauses.forEach((pause, index) => {
      expect([doubled[index], (doubled[index] ?? 0) + 10]).toContain(pause);
    });
  });

  it('shares the back-off between processes, and ends it when the file is sealed', async () => {
    const file = await oldFile('hello');
    await run({ objects: failingFor(file.key) });
    // Another process has no other memory than the database.
    expect((await run()).counts).toMatchObject({ sealed: 0, failed: 0 });
    expect((await run({ after: 3_600 })).counts).toMatchObject({ sealed: 1 });
    expect(await test.database.rows(sql`select from bkend.seal_retries`)).toEqual([]);
  });

  it('ends a run after 20 failures, for then the store is at fault', async () => {
    for (let count = 0; count < 25; count += 1) await oldFile('hello');
    const objects: ObjectStore = {
      ...store,
      async head() {
        throw new Error('The store is down.');
      },
    };
    const { counts, findings } = await run({ objects });
    expect(counts).toMatchObject({ sealed: 0, failed: 20 });
    expect(findings).toHaveLength(20);
    expect((await run()).counts).toMatchObject({ sealed: 5, failed: 0 });
  });

  it('reports a file without bytes once, and seals it when its bytes are there', async () => {
    const file = await oldFile();
    expect((await run()).findings).toEqual([`file without bytes: ${file.id} in ${tenant}, ${file.key}`]);
    expect((await run()).findings).toEqual([]);
    expect((await run({ after: 60 })).findings).toEqual([]);
    await putObject(store, file.key, 'hello');
    expect((await run({ after: 3_600 })).counts).toMatchObject({ sealed: 1 });
  });
});
