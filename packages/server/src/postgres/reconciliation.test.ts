import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { credentials, type RunningStore, region, startStore } from '../../../store/test/running-store.ts';
import { createTestDatabase, type TestDatabase } from '../../../test-support/src/postgres/test-database.ts';
import { sampleJobsDeps } from '../../../test-support/src/samples/jobs-deps.ts';
import { registerUpload } from '../../../test-support/src/samples/register-upload.ts';
import { replaceSample } from '../../../test-support/src/samples/replace-sample.ts';
import { admin, newTenant, newUpload, registrationOf } from '../../../test-support/src/samples/samples.ts';
import { put, putObject } from '../../test/object-store/client.ts';
import type { File } from '../files/file.ts';
import type { ObjectStore } from '../files/object-store.ts';
import type { FileRepository } from '../files/ports.ts';
import type { Tenant } from '../identity/tenant.ts';
import { markerKey, writeMarker } from '../jobs/installation-marker.ts';
import type { JobReport, JobsDeps } from '../jobs/job.ts';
import { purgeObjects } from '../jobs/purge-objects.ts';
import { reconcile } from '../jobs/reconcile/reconcile.ts';
import { sweepPending } from '../jobs/sweep-pending.ts';
import { openObjectStore } from '../s3/open-object-store.ts';
import { copyKeyOf, makeFileKey, pendingKeyOf } from '../uploads/file-key.ts';
import { createFileRepository } from './file-repository.ts';
import { createUploadRepository } from './uploads/upload-repository.ts';
import { createUsageLedger } from './usage/usage-ledger.ts';
import { createVersionRepository } from './versions/version-repository.ts';

const dayMs = 24 * 60 * 60 * 1000;
const tenant = newTenant();

let test: TestDatabase;
let running: RunningStore;
let store: ObjectStore & AsyncDisposable;
let files: FileRepository;
let deps: JobsDeps;
/** Three days from now, when objects of these tests are old enough for the reconciler. */
let now = new Date();

beforeEach(async () => {
  [test, running] = await Promise.all([createTestDatabase(), startStore()]);
  store = openObjectStore({
    ...{ endpoint: running.endpoint, region, credentials, bucket: 'bucket', copiesByReference: true },
    clock: () => new Date(),
    warn: (message, cause) => {
      throw new Error(message, { cause });
    },
  });
  files = createFileRepository(test.database);
  now = new Date(Date.now() + 3 * dayMs);
  deps = sampleJobsDeps(test.database, store, () => now);
  await writeMarker(deps, { again: false });
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await running[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

function newFileKey(): string {
  return makeFileKey({ tenant, category: 'images', id: v7(), filename: 'a.png', at: new Date() });
}

/** A file with five bytes, or with none in the bucket. */
async function storedFile({ bytes = 'hello' as string | null, of = tenant } = {}): Promise<File> {
  const uploads = createUploadRepository(test.database);
  const upload = newUpload(of, { createdAt: new Date(), sizeBytes: 5 });
  await uploads.insert(upload);
  const registration = registrationOf(upload, { etag: '5d41402abc4b2a76b9719d911017c592' });
  if (bytes !== null) await putObject(store, registration.objectKey, bytes);
  return registerUpload(uploads, admin(of), registration);
}

async function run(job: typeof reconcile, { repair = false } = {}): Promise<JobReport> {
  const options = { repair, signal: new AbortController().signal };
  const report = await job.run(deps, options);
  await purgeObjects.run(deps, options);
  return report;
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.listObjects()) if (key !== markerKey) found.push(key);
  return found;
}

describe('the reconciler, by itself,', () => {
  it('removes copies that no file has taken and orphaned multipart uploads, past their time', async () => {
    const file = await storedFile();
    const losing = copyKeyOf(newFileKey(), randomUUID());
    await putObject(store, losing, 'lost');
    await store.createMultipart({ key: losing, contentType: 'image/png' });
    const grace = now;
    now = new Date();
    expect((await run(reconcile)).counts).toMatchObject({ losingCopies: 0, orphanedMultiparts: 0 });
    now = grace;
    expect((await run(reconcile)).counts).toMatchObject({
      losingCopies: 1,
      queuedForPurge: 1,
      orphanedMultiparts: 1,
      abortedMultiparts: 1,
    });
    expect(await keys()).toEqual([file.objectKey]);
  });

  it('reports other bytes without a file, and leaves them', async () => {
    const orphan = newFileKey();
    await putObject(store, orphan, 'whose?');
    await putObject(store, 'backups/2026.tar', 'not ours');
    const { counts, findings } = await run(reconcile);
    expect(counts).toMatchObject({ orphanedObjects: 1 });
    expect(findings).toEqual([`bytes without a file: ${orphan}`]);
    expect(await keys()).toEqual(['backups/2026.tar', orphan].sort());
    await run(reconcile, { repair: true });
    expect(await keys()).toEqual(['backups/2026.tar']);
  });

  it('marks files without bytes, removes none, and takes the mark away when the bytes are there again', async () => {
    const file = await storedFile({ bytes: null });
    const isMarked = async () =>
      (await test.database.rows(sql`select from bkend.files where lost_at is not null`)).length;
    const { counts, findings = [] } = await run(reconcile);
    expect(counts).toMatchObject({ lostFiles: 1, markedFiles: 1 });
    expect(findings[0]).toContain(file.id);
    expect([await isMarked(), await files.find(tenant, file.id)]).toEqual([1, file]);
    await putObject(store, file.objectKey, 'hello');
    expect((await run(reconcile)).counts).toMatchObject({ lostFiles: 0, foundFiles: 1 });
    expect(await isMarked()).toBe(0);
  });

  it('finds records with another size or ETag than their bytes, and corrects them only with --repair', async () => {
    const [size, etag] = [
      await storedFile({ bytes: 'longer than that' }),
      await storedFile({ bytes: 'other' }),
    ];
    await storedFile();
    const { counts, findings = [] } = await run(reconcile);
    expect(counts).toMatchObject({ driftedFiles: 2, files: 3 });
    for (const { id } of [size, etag]) expect(findings.join()).toContain(id);
    expect(await files.find(tenant, size.id)).toEqual(size);
    expect((await run(reconcile, { repair: true })).counts).toMatchObject({ correctedFiles: 2 });
    expect(await files.find(tenant, size.id)).toMatchObject({ sizeBytes: 16 });
    const [{ bytes } = { bytes: 0 }] = await createUsageLedger(test.database).read(tenant);
    expect(bytes).toBe(16 + 5 + 5);
    expect((await run(reconcile)).counts).toMatchObject({ driftedFiles: 0 });
  });
});

describe('bytes of versions', () => {
  /** A file that has been replaced twice; objects of its contents, the first of which is missing. */
  async function replacedFile(): Promise<{ file: File; first: string }> {
    const uploads = createUploadRepository(test.database);
    const original = await storedFile({ bytes: null });
    const second = await replaceSample(uploads, original, { sizeBytes: 5, at: new Date() });
    await putObject(store, second.objectKey, 'hello');
    const file = await replaceSample(uploads, second, { sizeBytes: 5, at: new Date() });
    await putObject(store, file.objectKey, 'hello');
    return { file, first: original.objectKey };
  }

  it('are not bytes without a file; missing ones are reported, and removed with --repair alone', async () => {
    const { file, first } = await replacedFile();
    const before = await keys();
    const { counts, findings = [] } = await run(reconcile);
    expect(counts).toMatchObject({
      files: 1,
      lostFiles: 0,
      lostVersions: 1,
      losingCopies: 0,
      markedFiles: 1,
    });
    expect(findings).toContain(`version without bytes: version 1 of ${file.id} in ${tenant}, ${first}`);
    const versions = createVersionRepository(test.database);
    const numbers = async () => (await versions.list(file, { limit: 10 })).map(({ version }) => version);
    expect([await keys(), await numbers()]).toEqual([before, [2, 1]]);

    await putObject(store, first, 'hello');
    expect((await run(reconcile)).counts).toMatchObject({ lostVersions: 0, foundFiles: 1 });
    await store.delete(first);
    expect((await run(reconcile, { repair: true })).counts).toMatchObject({ removedFiles: 1 });
    expect([await keys(), await numbers()]).toEqual([before, [2]]);
    const usage = await createUsageLedger(test.database).read(tenant);
    expect(usage).toMatchObject([
      { files: 1, bytes: 5 },
      { files: 1, bytes: 5 },
    ]);
    expect(await deps.purges.enqueue(before)).toBe(0);
  });
});

it('the reconciler finds no difference where there is none, whatever the names of tenants', async () => {
  const names = ['a', 'a-', 'a--', 'a-2', 'a0', 'a2', 'aa', 'a-a', 'b'];
  const tenants = names.flatMap((a) => names.map((b): Tenant => `${a}/${b}`));
  for (const of of tenants) await storedFile({ of });
  const lost = await storedFile({ of: 'a/a-', bytes: null });
  const { counts, findings = [] } = await run(reconcile);
  expect(findings).toEqual([`file without bytes: ${lost.id} in a/a-, ${lost.objectKey}`]);
  expect(counts).toMatchObject({ files: tenants.length + 1, losingCopies: 0, orphanedObjects: 0 });
});

describe('the reconciler changes nothing', () => {
  async function expectNothing(finding: RegExp): Promise<void> {
    const losing = copyKeyOf(newFileKey(), randomUUID());
    await putObject(store, losing, 'lost');
    const pending = pendingKeyOf(newFileKey());
    await putObject(store, pending, 'replayed');
    await storedFile({ bytes: null });
    for (const job of [reconcile, sweepPending]) expect((await run(job)).findings?.join()).toMatch(finding);
    expect(await keys()).toEqual([pending, losing].sort());
    expect(await test.database.rows(sql`select from bkend.files where lost_at is not null`)).toEqual([]);
  }

  it('when the bucket has lost its marker object, unless an operator repairs twice', async () => {
    await store.delete(markerKey);
    await expectNothing(/no marker object/);
    const before = await keys();
    const { findings } = await run(reconcile, { repair: true });
    expect(findings?.join()).toMatch(/written again/);
    expect(await keys()).toEqual(before);
    await run(reconcile, { repair: true });
    expect((await keys()).filter((key) => key.includes('~'))).toEqual([]);
  });

  it('when the marker object is that of another installation, even with --repair', async () => {
    await store.put({ key: markerKey, contentType: 'text/plain', body: randomUUID() });
    await expectNothing(/another installation/);
    const before = await keys();
    await run(reconcile, { repair: true });
    expect(await keys()).toEqual(before);
  });

  it('within 7 days of a restore', async () => {
    await test.database.rows(
      sql`update bkend.installation set restored_at = ${new Date(now.getTime() - 6 * dayMs)}`,
    );
    await expectNothing(/restored less than 7 days ago/);
    now = new Date(now.getTime() + 2 * dayMs);
    expect((await run(reconcile)).counts).toMatchObject({ losingCopies: 1, markedFiles: 1 });
  });

  it('when more than 100 objects and more than 1 % would be touched', async () => {
    const many = Array.from({ length: 101 }, () => copyKeyOf(newFileKey(), randomUUID()));
    await Promise.all(many.map((key) => putObject(store, key, 'x')));
    const { counts, findings = [] } = await run(reconcile);
    expect(counts).toMatchObject({ losingCopies: 101 });
    expect(findings.join()).toMatch(/101 of 101 exceed the 100/);
    expect(await keys()).toHaveLength(101);
    await run(reconcile, { repair: true });
    expect(await keys()).toEqual([]);
  });
});

describe('sweeping', () => {
  it('removes bytes that arrived for ended uploads, and leaves those of open ones', async () => {
    const open = newUpload(tenant, { createdAt: new Date(), expiresAt: new Date(now.getTime() + dayMs) });
    await createUploadRepository(test.database).insert(open);
    const url = await store.presignPut({
      key: pendingKeyOf(open.key),
      contentType: 'image/png',
      expiresInSeconds: 60,
    });
    expect((await put(url, 'hello', { 'content-type': 'image/png' })).status).toBe(200);
    await putObject(store, pendingKeyOf(newFileKey()), 'replayed after its file was deleted');
    expect((await run(sweepPending)).counts).toEqual({ pendingObjects: 2, queuedForPurge: 1 });
    expect(await keys()).toEqual([pendingKeyOf(open.key)]);
  });
});

it('bytes of a file are never queued as bytes without one', async () => {
  const file = await storedFile();
  expect(await deps.purges.enqueue([file.objectKey, file.key])).toBe(1);
  await purgeObjects.run(deps, { repair: false, signal: new AbortController().signal });
  expect(await keys()).toEqual([file.objectKey]);
});
