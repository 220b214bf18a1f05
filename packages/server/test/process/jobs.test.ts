import { randomBytes } from 'node:crypto';
import type { DownloadUrlAnswer, InitMultipartAnswer, PresignPartsAnswer } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { putBytes, sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { openBucket, readBucket } from '../../../test-support/src/bucket/service-bucket.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { readCommand, runCommand } from '../../../test-support/src/process/run-command.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import type { ObjectStore } from '../../src/files/object-store.ts';
import { pendingKeyOf } from '../../src/uploads/file-key.ts';

interface Report {
  readonly counts: Readonly<Record<string, number>>;
  readonly findings?: readonly string[];
}

let service: RunningService;
let tenant: Tenant;
let alice: Client;

beforeAll(async () => {
  service = await startService({
    env: {
      BKEND_UPLOAD_URL_LIFE_SECONDS: '3',
      BKEND_PART_URL_LIFE_SECONDS: '3',
      BKEND_UNREGISTERED_UPLOAD_LIFE_SECONDS: '3',
      BKEND_TEMP_FILE_LIFE_SECONDS: '3',
    },
  });
  tenant = await createTenant(service);
  alice = await tenant.user('alice');
});

afterAll(() => service[Symbol.asyncDispose]());

/** Runs a job now, or a little later while the service itself runs it. */
const run = (job: string, ...options: string[]) =>
  eventually(`the job ${job} runs`, () =>
    readCommand<Report>(['jobs', 'run', job, ...options], service.env).catch((error: unknown) => {
      if (!String(error).includes('Another process')) throw error;
      return undefined;
    }),
  );

const bucket = () => readBucket(service, tenant.project);

/** Changes the bucket as only its operator, or a fault, does. */
async function behindOurBack(change: (store: ObjectStore) => Promise<void>): Promise<void> {
  await using store = await openBucket(service);
  await change(store);
}

describe('the jobs', () => {
  it('expire uploads that were never registered, and purge their bytes', async () => {
    const single = await sendFile(alice);
    const parts = await alice.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
      filename: 'b.txt',
      contentType: 'text/plain',
      fileSize: 10,
    });
    const { url = '' } = await alice.ask<PresignPartsAnswer>('POST', '/v1/files/multipart/presigned-url', {
      key: parts.key,
      uploadId: parts.uploadId,
      partNumber: 1,
    });
    await putBytes(url, randomBytes(10));
    expect(await bucket()).toEqual({ objects: [pendingKeyOf(single.s3Key)], uploads: [parts.key] });

    await eventually('both uploads have ended', async () => {
      await run('expire-uploads');
      await run('purge');
      const { objects, uploads } = await bucket();
      return (objects.length === 0 && uploads.length === 0) || undefined;
    });
    expect(await alice.refusal('POST', '/v1/files', single)).toMatchObject({ code: 'file/upload-not-found' });
    const query = new URLSearchParams({ key: parts.key, uploadId: parts.uploadId });
    expect(await alice.refusal('GET', `/v1/files/multipart/parts?${query}`)).toMatchObject({
      code: 'file/upload-not-found',
    });
  });

  it('delete old files of the category temp, and of no other', async () => {
    const kept = await uploadFile(alice);
    const passing = await uploadFile(alice, { category: 'temp' });
    const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${passing.id}/download-url`);
    await eventually('the file is gone', async () => {
      await run('empty-temp');
      return (await alice.send('GET', `/v1/files/${passing.id}`)).status === 404 || undefined;
    });
    await eventually('its bytes are gone', async () => {
      await run('purge');
      return (await fetch(url)).status === 404 || undefined;
    });
    expect(await alice.ask('GET', '/v1/usage')).toMatchObject({ files: 1, bytes: 5 });
    await alice.ask('DELETE', `/v1/files/${kept.id}`);
  });

  it('delete files that have been in the trash for the days of their environment, and no others', async () => {
    const [kept, passing] = [await uploadFile(alice), await uploadFile(alice)];
    const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${passing.id}/download-url`);
    await alice.ask('DELETE', `/v1/files/${passing.id}?trash=true`);
    await run('empty-trash');
    expect(await alice.ask('GET', `/v1/files/${passing.id}`)).toHaveProperty('deletedAt');
    await tenant.admin.ask('PATCH', '/v1/environment', { trashLifeDays: 0 });
    await eventually('the file is gone', async () => {
      await run('empty-trash');
      return (await alice.send('GET', `/v1/files/${passing.id}`)).status === 404 || undefined;
    });
    await eventually('its bytes are gone', async () => {
      await run('purge');
      return (await fetch(url)).status === 404 || undefined;
    });
    expect(await alice.ask('GET', '/v1/usage')).toMatchObject({ files: 1, trash: { files: 0 } });
    await alice.ask('DELETE', `/v1/files/${kept.id}`);
  });

  it('find files whose bytes are lost, and repair them only with --repair', async () => {
    const file = await uploadFile(alice);
    const [objectKey = ''] = (await bucket()).objects.filter((key) => key.startsWith(file.key));
    await behindOurBack((store) => store.delete(objectKey));
    const finding = await eventually('the loss is found', async () => {
      const { findings = [] } = await run('reconcile');
      return findings.find((line) => line.includes(file.id));
    });
    expect(finding).toContain(file.key);
    expect(await alice.ask('GET', `/v1/files/${file.id}`)).toMatchObject({ id: file.id });

    expect((await run('reconcile', '--repair')).counts).toMatchObject({ lostFiles: 1, removedFiles: 1 });
    expect(await alice.refusal('GET', `/v1/files/${file.id}`)).toMatchObject({ code: 'file/not-found' });
    expect(await alice.ask('GET', '/v1/usage')).toMatchObject({ files: 0, bytes: 0 });
  });

  it('find bytes without a file, and repair only with --repair, never foreign objects', async () => {
    const month = new Date().toISOString().slice(0, 7).replace('-', '/');
    const orphan = `${tenant.project}/dev/documents/${month}/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000.txt`;
    const foreign = `${tenant.project}/foreign file’s name.txt`;
    await behindOurBack(async (store) => {
      for (const key of [orphan, foreign]) {
        const contentType = 'text/plain';
        const url = await store.presignPut({ key, contentType, expiresInSeconds: 60 });
        expect((await putBytes(url, Buffer.from('x'), contentType)).status).toBe(200);
      }
    });
    await eventually('the orphan is found', async () => {
      const { findings = [] } = await run('reconcile');
      expect(findings.join()).not.toContain('foreign file');
      return findings.find((line) => line.includes(orphan));
    });
    expect((await bucket()).objects).toEqual([orphan, foreign].sort());

    expect((await run('reconcile', '--repair')).counts).toMatchObject({
      orphanedObjects: 1,
      queuedForPurge: 1,
    });
    await eventually('the orphan is gone', async () => {
      await run('purge');
      return !(await bucket()).objects.includes(orphan) || undefined;
    });
    expect((await bucket()).objects).toEqual([foreign]);
  });

  it('are counted in the metrics of their role', async () => {
    const text = await (await fetch(`${service.operationsUrls.jobs}/metrics`)).text();
    expect(text).toMatch(/bkend_job_runs_total\{.*job="purge".*outcome="done".*\} [1-9]/);
  });

  it('log what they did', async () => {
    const { code, stdout } = await runCommand(['jobs', 'run', 'fold-usage'], service.env);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^fold-usage: folded \d+\n$/)]);
  });
});
