import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentials, type RunningStore, region, startStore } from '../../../../store/test/running-store.ts';
import {
  createTestDatabase,
  type TestDatabase,
} from '../../../../test-support/src/postgres/test-database.ts';
import { sampleJobsDeps } from '../../../../test-support/src/samples/jobs-deps.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import { admin, newTenant, newUpload } from '../../../../test-support/src/samples/samples.ts';
import { putObject } from '../../../test/object-store/client.ts';
import type { ObjectStore } from '../../files/object-store.ts';
import { writeMarker } from '../../jobs/installation-marker.ts';
import { jobs } from '../../jobs/jobs.ts';
import { openObjectStore } from '../../s3/open-object-store.ts';
import type { Registration } from '../../uploads/ports.ts';
import { createFileRepository } from '../file-repository.ts';
import { createUploadRepository } from '../uploads/upload-repository.ts';

/** Files of source whose statements read files, and what these do with files in the trash. */
const readers: Readonly<Record<string, string>> = {
  'events/recording-events.ts': 'writes their events as those of others',
  'files/avatars.ts': 'finds none as an avatar; those that were one stay, without the mark',
  'files/asked-files.ts': 'locks them, for those who may change them; to others there is none',
  'files/change-file.ts': 'finds none',
  'files/change-files.ts': 'refuses them as not found',
  'files/correct-files.ts': 'marks and corrects them where they are',
  'files/empty-trash.ts': 'removes them',
  'files/fill-sort-names.ts': 'fills theirs, too',
  'files/record-change.ts': 'changes those that its callers choose',
  'files/seal-files.ts': 'seals them where they are',
  'file-repository.ts': 'finds none, but for findWithTrash and findByBaseKey',
  'listing/first-matches.ts': 'reads those that the sources name',
  'listing/folder-positions.ts': 'reads those that the sources name',
  'listing/count-facets.ts': 'counts those that the sources name',
  'listing/list-files.ts': 'reads those that the sources name',
  'listing/positions.ts': 'reads those that the sources name',
  'listing/source-rows.ts': 'reads those that the sources name',
  'maintenance.ts':
    'removes those of category temp at the end of their life; knows their object keys and tenants',
  'operations/operation-files.ts':
    'finds none, but for the deletion of all files of a user, which removes them',
  'outbox/purge-outbox.ts': 'never queues their bytes as bytes without a file',
  'uploads/import-files.ts': 'takes their ids and keys for taken',
  'uploads/replace-contents.ts': 'finds none',
  'projects/deletion-repository.ts': 'removes them with their environment',
  'scanning/scan-queue.ts': 'scans them where they are',
  'usage/rebuild-totals.ts': 'counts them, as in the trash',
  'versions/restore-version.ts': 'finds none',
};

const source = join(import.meta.dirname, '..');

it('every file of source whose statements read files stands in the table of what it does with the trash', async () => {
  const found: string[] = [];
  for (const path of await readdir(source, { recursive: true })) {
    if (!path.endsWith('.ts') || path.endsWith('.test.ts') || path.startsWith('migrations/')) continue;
    const text = await readFile(join(source, path), 'utf8');
    if (/\bbkend\.files\b/.test(text)) found.push(path);
  }
  expect(found.sort()).toEqual(Object.keys(readers).sort());
});

const dayMs = 24 * 60 * 60 * 1000;
const tenant = newTenant();

/** A file in the trash, with its bytes or without, as each job leaves it. */
type Fate = 'stays in the trash' | 'is removed, and its bytes' | 'is marked as lost';
interface Trashed {
  readonly fields?: Partial<Registration>;
  readonly hasNoBytes?: true;
  readonly isOfFirstVersion?: true;
  /** Days in the trash. */
  readonly days: number;
}

/** Jobs, and what each does with a file in the trash. */
const fates: Readonly<Record<string, readonly (readonly [Trashed, Fate])[]>> = {
  purge: [[{ days: 8 }, 'stays in the trash']],
  'register-uploads': [[{ days: 8 }, 'stays in the trash']],
  'scan-files': [[{ days: 8 }, 'stays in the trash']],
  'hold-parts': [[{ days: 8 }, 'stays in the trash']],
  'expire-uploads': [[{ days: 8 }, 'stays in the trash']],
  'empty-temp': [
    [{ days: 1, fields: { category: 'temp' } }, 'is removed, and its bytes'],
    [{ days: 8 }, 'stays in the trash'],
  ],
  'empty-trash': [
    [{ days: 8 }, 'is removed, and its bytes'],
    [{ days: 6 }, 'stays in the trash'],
  ],
  'delete-environments': [[{ days: 8 }, 'stays in the trash']],
  'run-operations': [[{ days: 8 }, 'stays in the trash']],
  'fold-usage': [[{ days: 8 }, 'stays in the trash']],
  'rebuild-totals': [[{ days: 8 }, 'stays in the trash']],
  'fill-sort-names': [[{ days: 8 }, 'stays in the trash']],
  'seal-files': [[{ days: 1, isOfFirstVersion: true }, 'stays in the trash']],
  'sweep-pending': [[{ days: 8 }, 'stays in the trash']],
  'trim-versions': [[{ days: 8 }, 'stays in the trash']],
  'drop-events': [[{ days: 8 }, 'stays in the trash']],
  'remove-old-deliveries': [[{ days: 8 }, 'stays in the trash']],
  'remove-old-audit-entries': [[{ days: 8 }, 'stays in the trash']],
  reconcile: [
    [{ days: 8 }, 'stays in the trash'],
    [{ days: 8, hasNoBytes: true }, 'is marked as lost'],
  ],
};

describe('a file in the trash', () => {
  let test: TestDatabase;
  let running: RunningStore;
  let store: ObjectStore & AsyncDisposable;
  beforeAll(async () => {
    [test, running] = await Promise.all([createTestDatabase(), startStore()]);
    store = openObjectStore({
      ...{ endpoint: running.endpoint, region, credentials, bucket: 'bucket', copiesByReference: true },
      clock: () => new Date(),
      warn: (message, cause) => {
        throw new Error(message, { cause });
      },
    });
    await writeMarker(depsAt(new Date()), { again: false });
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await running[Symbol.asyncDispose]();
    await test[Symbol.asyncDispose]();
  });
  const depsAt = (now: Date) => sampleJobsDeps(test.database, store, () => now);

  it('has a row for every job in the table of what they do with it', () => {
    expect(Object.keys(fates).sort()).toEqual(jobs.map(({ name }) => name).sort());
  });

  it.each(
    Object.entries(fates).flatMap(([job, rows]) => rows.map(([file, fate]) => [job, file, fate] as const)),
  )('of the job %s: %j %s', async (name, { fields, hasNoBytes, isOfFirstVersion, days }, fate) => {
    const job = jobs.find((each) => each.name === name) ?? expect.fail(`no such job: ${name}`);
    const files = createFileRepository(test.database);
    // The reconciler leaves alone what is younger than two days.
    const now = new Date(Date.now() + 10 * dayMs);
    const upload = newUpload(tenant, { createdAt: new Date() });
    const registration: Partial<Registration> = {
      ...{ sizeBytes: 5, etag: '5d41402abc4b2a76b9719d911017c592', visibility: 'public', ...fields },
    };
    const file = await insertFile(createUploadRepository(test.database), admin(tenant), {
      upload,
      fields: registration,
    });
    if (isOfFirstVersion)
      await test.database.rows(sql`update bkend.files set object_key = null where id = ${file.id}`);
    const objectKey = isOfFirstVersion ? file.key : file.objectKey;
    if (!hasNoBytes) await putObject(store, objectKey, 'hello');
    await files.trash(admin(tenant), [file.id], new Date(now.getTime() - days * dayMs));

    const { findings = [] } = await job.run(depsAt(now), {
      repair: false,
      signal: new AbortController().signal,
    });
    const after = await files.findWithTrash(tenant, file.id);
    const purge = jobs.find((each) => each.name === 'purge');
    await purge?.run(depsAt(now), { repair: false, signal: new AbortController().signal });
    const isStored = after !== undefined && (await store.head(after.objectKey)) !== undefined;
    if (fate === 'is removed, and its bytes') {
      expect(after).toBeUndefined();
      expect(await store.head(objectKey)).toBeUndefined();
      return;
    }
    expect(after).toMatchObject({ visibility: 'public', deletedAt: expect.any(Date) });
    expect(await files.find(tenant, file.id)).toBeUndefined();
    expect(isStored).toBe(!hasNoBytes);
    expect(findings.some((line) => line.includes(file.id))).toBe(fate === 'is marked as lost');
    if (isOfFirstVersion) expect(after?.objectKey).not.toBe(file.key);
    await files.remove(admin(tenant), [file.id]);
  });
});
