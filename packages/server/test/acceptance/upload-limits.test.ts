import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

/** Limits of an environment, tried by each way on which bytes come in, announced and not. */
const MiB = 1024 * 1024;
const limits = { 'uploads.maxFileBytes': 6 * MiB, 'uploads.minFileBytes': 10 };
const type = { contentType: 'text/plain' };

let tenant: Tenant;
let alice: Client;

beforeAll(async () => {
  tenant = await createTenant(inject('service'));
  alice = await tenant.user('alice');
  await tenant.admin.ask('PATCH', '/v1/environment', limits);
});

interface Presigned {
  readonly url: string;
  readonly key: string;
}

async function put(url: string, bytes: Buffer, headers: Record<string, string> = {}): Promise<string> {
  const answer = await fetch(url, { method: 'PUT', body: new Uint8Array(bytes), headers });
  expect(answer.status).toBe(200);
  return answer.headers.get('etag') ?? '';
}

async function sendSingle(bytes: Buffer, fileSize?: number): Promise<string> {
  const { url, key } = await alice.ask<Presigned>('POST', '/v1/files/presigned-url', {
    filename: 'a.txt',
    ...type,
    ...(fileSize !== undefined && { fileSize }),
  });
  await put(url, bytes, { 'Content-Type': 'text/plain' });
  return key;
}

/** Opens an upload in parts, and signs the URL of any part. */
async function beginParts(fileSize: number) {
  const { key, uploadId } = await alice.ask<{ key: string; uploadId: string }>(
    'POST',
    '/v1/files/multipart/init',
    { filename: 'a.txt', ...type, fileSize },
  );
  const begun = { key, uploadId };
  const url = async (partNumber: number) => {
    const asked = { ...begun, partNumber };
    return (await alice.ask<Presigned>('POST', '/v1/files/multipart/presigned-url', asked)).url;
  };
  return { begun, url };
}

/** @returns the status */
async function putPart(url: Promise<string>, size: number): Promise<number> {
  const answer = await fetch(await url, { method: 'PUT', body: new Uint8Array(size) });
  await answer.arrayBuffer();
  return answer.status;
}

async function sendParts(parts: readonly Buffer[], fileSize: number) {
  const {
    begun: { key, uploadId },
    url,
  } = await beginParts(fileSize);
  const sent: { partNumber: number; etag: string }[] = [];
  for (const [index, bytes] of parts.entries()) {
    const partNumber = index + 1;
    sent.push({ partNumber, etag: await put(await url(partNumber), bytes) });
  }
  return { key, uploadId, parts: sent };
}

const registration = (s3Key: string, size: number) => ({
  s3Key,
  originalName: 'a.txt',
  mimeType: 'text/plain',
  size,
});

/** The upload has ended: whatever is asked of it, it is not there, and its purge is on its way. */
async function requireEnded(key: string): Promise<void> {
  const again = await alice.refusal('POST', '/v1/files', registration(key, 100));
  expect(again.code).toBe('file/upload-not-found');
}

describe('the sizes that an environment allows', () => {
  it.each([
    ['presign', '/v1/files/presigned-url', 6 * MiB + 1, 'file/file-too-large'],
    ['presign', '/v1/files/presigned-url', 9, 'file/file-too-small'],
    ['multipart init', '/v1/files/multipart/init', 6 * MiB + 1, 'file/file-too-large'],
    ['multipart init', '/v1/files/multipart/init', 9, 'file/file-too-small'],
  ])('hold at %s (%s) for %i announced bytes', async (_, path, fileSize, code) => {
    expect((await alice.refusal('POST', path, { filename: 'a.txt', ...type, fileSize })).code).toBe(code);
  });

  it.each([
    ['larger', 6 * MiB + 1, 'file/file-too-large'],
    ['smaller', 9, 'file/file-too-small'],
    ['empty', 0, 'file/file-too-small'],
  ])(
    'hold at registering for bytes that are %s and were not announced, and the upload ends',
    async (_, size, code) => {
      const key = await sendSingle(Buffer.alloc(size, 'a'));
      for (const said of new Set([size, 100])) {
        const refusal = await alice.refusal('POST', '/v1/files', registration(key, said));
        if (refusal.code === 'file/upload-not-found') continue;
        expect(refusal.code).toBe(code);
      }
      await requireEnded(key);
    },
  );

  it('leave what is inside them alone', async () => {
    for (const [size, fileSize] of [
      [10, 10],
      [10, undefined],
      [6 * MiB, undefined],
    ] as const) {
      const key = await sendSingle(Buffer.alloc(size, 'a'), fileSize);
      await alice.ask('POST', '/v1/files', registration(key, size));
    }
    const sent = await sendParts([Buffer.alloc(5 * MiB, 'a'), Buffer.alloc(MiB, 'b')], 6 * MiB);
    await alice.ask('POST', '/v1/files/multipart/complete', sent);
    await alice.ask('POST', '/v1/files/multipart/complete', sent);
    await alice.ask('POST', '/v1/files', registration(sent.key, 6 * MiB));
  });
});

/** Other stores take parts of any size; the job `hold-parts` ends such uploads there. */
describe.skipIf(inject('service').env.S3_BUCKET !== undefined)('parts in the embedded store', () => {
  it('hold to what the upload announced, however they are sent', async () => {
    const { url, begun } = await beginParts(6 * MiB);
    expect(await putPart(url(1), 5 * MiB)).toBe(200);
    // A part counts once, also when it is sent again.
    expect(await putPart(url(1), 5 * MiB)).toBe(200);
    expect(await putPart(url(2), 2 * MiB)).toBe(400);
    const atOnce = await Promise.all([3, 4, 5, 6].map((partNumber) => putPart(url(partNumber), MiB)));
    expect(atOnce.filter((status) => status === 200)).toHaveLength(1);
    const { parts } = await alice.ask<{ parts: { size: number }[] }>(
      'GET',
      `/v1/files/multipart/parts?${new URLSearchParams(begun)}`,
    );
    expect(parts.reduce((sum, { size }) => sum + size, 0)).toBe(6 * MiB);
  });

  it('are refused before their bytes are taken', async () => {
    const { url } = await beginParts(6 * MiB);
    const put = request(await url(1), { method: 'PUT', headers: { 'Content-Length': 5 * 1024 * MiB } });
    put.flushHeaders();
    const [answer] = (await once(put, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(400);
    expect(await text(answer)).toContain('<Code>EntityTooLarge</Code>');
    put.destroy();
  });
});

describe('empty files', () => {
  it('are stored where the environment allows them', async () => {
    const other = await createTenant(inject('service'));
    await other.admin.ask('PATCH', '/v1/environment', { 'uploads.minFileBytes': 0 });
    const bob = await other.user('bob');
    const { url, key } = await bob.ask<Presigned>('POST', '/v1/files/presigned-url', {
      filename: '.gitkeep',
      ...type,
      fileSize: 0,
    });
    await put(url, Buffer.alloc(0), { 'Content-Type': 'text/plain' });
    const file = await bob.ask<{ size: number; id: string }>('POST', '/v1/files', registration(key, 0));
    expect(file.size).toBe(0);
    const download = await bob.ask<{ url: string }>('POST', `/v1/files/${file.id}/download-url`);
    expect((await (await fetch(download.url)).arrayBuffer()).byteLength).toBe(0);
  });
});

describe('open uploads', () => {
  it('are bounded by number for each owner, and registering or the end of an upload makes room', async () => {
    const other = await createTenant(inject('service'));
    await other.admin.ask('PATCH', '/v1/environment', { 'quotas.openUploads': 5 });
    const [bob, eve] = await Promise.all([other.user('bob'), other.user('eve')]);
    const request = { filename: 'a.txt', ...type, fileSize: 10 };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bob.send('POST', '/v1/files/presigned-url', request)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const refusal = await bob.refusal('POST', '/v1/files/multipart/init', request);
    expect(refusal).toMatchObject({ status: 429, code: 'file/too-many-open-uploads' });
    await eve.ask('POST', '/v1/files/presigned-url', request);

    const [granted] = answers.filter(({ status }) => status === 200).map(({ json }) => json as Presigned);
    const { url, key } = granted ?? expect.fail('none was granted');
    await put(url, Buffer.alloc(10, 'a'), { 'Content-Type': 'text/plain' });
    await bob.ask('POST', '/v1/files', registration(key, 10));
    await eventually('there is room again', async () => {
      const { status } = await bob.send('POST', '/v1/files/presigned-url', request);
      return status === 200 || undefined;
    });
  });

  it('are bounded by their bytes together', async () => {
    const other = await createTenant(inject('service'));
    await other.admin.ask('PATCH', '/v1/environment', { 'quotas.openUploadBytes': 1_000 });
    const bob = await other.user('bob');
    const request = (fileSize: number) => ({ filename: 'a.txt', ...type, fileSize });
    await bob.ask('POST', '/v1/files/presigned-url', request(900));
    const refusal = await bob.refusal('POST', '/v1/files/multipart/init', request(101));
    expect(refusal.code).toBe('file/too-many-open-uploads');
    await bob.ask('POST', '/v1/files/multipart/init', request(100));
  });

  it('must say their size where the environment wants it', async () => {
    const other = await createTenant(inject('service'));
    await other.admin.ask('PATCH', '/v1/environment', { 'uploads.requireFileSize': true });
    const bob = await other.user('bob');
    const refusal = await bob.refusal('POST', '/v1/files/presigned-url', { filename: 'a.txt', ...type });
    expect(refusal.code).toBe('common/invalid-parameters');
  });
});
