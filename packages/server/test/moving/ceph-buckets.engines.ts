import { createHash } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { FileView } from '@bkend/storage-contract';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCommand } from '../../../test-support/src/process/run-command.ts';
import { type RunningService, startService } from '../../../test-support/src/service/start-service.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';
import { forEachAtOnce } from '../object-store/client.ts';
import { contentsOf, makeFolder, readBytes, runImport } from './moving.ts';

const { endpoint, region, accessKeyId, secretAccessKey } = inject('engines').s3;
const MiB = 1024 * 1024;
const bucket = 'moving-in';
const aws = {
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
};
const onCeph = {
  S3_ENDPOINT: endpoint,
  S3_REGION: region,
  S3_BUCKET: 'bkend-moving',
  S3_ACCESS_KEY_ID: accessKeyId,
  S3_SECRET_ACCESS_KEY: secretAccessKey,
};

/** One for each way in which bytes are written: from memory, as a stream, in parts. */
const large: Readonly<Record<string, Buffer>> = {
  'large/held 사진 a+b.bin': Buffer.alloc(70_000, 'held'),
  'large/whole.bin': Buffer.alloc(3 * MiB, 'whole'),
  'large/parts.bin': Buffer.alloc(65 * MiB + 3, 'parts'),
};
/** More than one answer to a list of objects has. */
const small = Array.from({ length: 1_005 }, (_, index) => `small/${index % 9}/${index}.txt`);

beforeAll(async () => {
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
  const put = (Key: string, Body: string | Buffer) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: 'text/plain' }));
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const [key, bytes] of Object.entries(large)) await put(key, bytes);
  await forEachAtOnce(small, (key) => put(key, key));
  client.destroy();
}, 120_000);

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.each([
  ['the embedded store, from Ceph RGW as a stream', {}, aws],
  ['Ceph RGW, from itself as a stream', onCeph, aws],
  ['Ceph RGW, from itself by copies within it', onCeph, {}],
])('an import into %s', (_, settings, credentials) => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService({ env: settings });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it('keeps every object, does only what is missing when it runs again, and can be exported', {
    timeout: 240_000,
  }, async () => {
    const tenant = await createTenant(service);
    const run = () =>
      runImport(tenant, `s3://${bucket}/`, {
        service,
        env: credentials,
        words: ['--endpoint', endpoint, '--region', region],
      });
    const count = small.length + Object.keys(large).length;
    expect(await run()).toMatchObject({ code: 0, counts: { imported: count, present: 0, failed: 0 } });
    expect(await run()).toMatchObject({ code: 0, counts: { imported: 0, present: count, failed: 0 } });
    const { items } = await tenant.admin.ask<{ items: FileView[] }>('GET', '/v1/files?folder=large');
    expect(items.map(({ s3Key }) => s3Key).sort()).toEqual(Object.keys(large).sort());
    for (const { id, s3Key, size } of items) {
      const bytes = large[s3Key] ?? expect.fail(s3Key);
      expect([s3Key, size, sha256(await readBytes(tenant.admin, id))]).toEqual([
        s3Key,
        bytes.length,
        sha256(bytes),
      ]);
    }
    const [note] = (await tenant.admin.ask<{ items: FileView[] }>('GET', '/v1/files?folder=small/3&limit=1'))
      .items;
    expect(String(await readBytes(tenant.admin, note?.id ?? ''))).toBe(note?.s3Key);

    await using folder = await makeFolder();
    const exported = await runCommand(
      ['export', folder.path, '--project', tenant.project, '--json'],
      service.env,
    );
    expect([exported.code, exported.stderr]).toEqual([0, '']);
    const other = await createTenant(service);
    expect(await runImport(other, folder.path, { service })).toMatchObject({
      code: 0,
      counts: { imported: count, failed: 0 },
    });
    const firstPage = async (files: object[]) => files.slice(0, 5);
    expect(await firstPage(await contentsOf(other.admin))).toEqual(
      await firstPage(await contentsOf(tenant.admin)),
    );
  });
});
