import { createHash } from 'node:crypto';
import type {
  DownloadUrlAnswer,
  FileView,
  InitMultipartAnswer,
  PresignPartsAnswer,
  PresignUploadAnswer,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { putBytes } from '../../../test-support/src/api/uploads.ts';
import { openBucket } from '../../../test-support/src/bucket/service-bucket.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

const approved = new TextEncoder().encode('\0approved text');
const sameSize = new TextEncoder().encode('\0other bytes!!');
const shorter = new TextEncoder().encode('\0bad');
const longer = new Uint8Array(300_000).fill(7);

let alice: Client;
beforeAll(async () => {
  alice = await (await createTenant()).user('alice');
});

interface Sent {
  readonly url: string;
  readonly key: string;
}

async function send(bytes: Uint8Array<ArrayBuffer>, { announced = true } = {}): Promise<Sent> {
  const presigned = await alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
    filename: 'doc.png',
    contentType: 'image/png',
    visibility: 'public',
    ...(announced && { fileSize: bytes.length }),
  });
  expect((await putBytes(presigned.url, bytes, 'image/png')).status).toBe(200);
  return presigned;
}

function register(key: string, size: number): Promise<FileView> {
  const request = { s3Key: key, originalName: 'doc.png', mimeType: 'image/png', size };
  return alice.ask<FileView>('POST', '/v1/files', request);
}

/** Bytes and record, by every way that leads to the bytes, agree with what was registered. */
async function expectSealed(file: FileView, bytes: Uint8Array): Promise<void> {
  const record = await alice.ask<FileView>('GET', `/v1/files/${file.id}`);
  expect(record).toEqual(file);
  expect(record).toMatchObject({ size: bytes.length, mimeType: 'image/png' });
  const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
  for (const where of [url, `${inject('service').imagesUrl}/${file.key}`]) {
    const answer = await fetch(where);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe(`"${record.etag}"`);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  }
}

describe('once a file is registered, its upload URL', () => {
  it.each([
    ['of the same size', approved, sameSize, true],
    ['of the same size, never announced', approved, sameSize, false],
    ['that are shorter', approved, shorter, false],
    ['that are longer', approved, longer, false],
  ] as const)('changes nothing that is read with bytes %s', async (_what, first, second, announced) => {
    const { url, key } = await send(first, { announced });
    const file = await register(key, first.length);
    await expectSealed(file, first);
    for (let times = 0; times < 3; times += 1) await putBytes(url, second, 'image/png');
    await expectSealed(file, first);
  });

  it('makes no second file of the bytes it is given', async () => {
    const { url, key } = await send(approved);
    const file = await register(key, approved.length);
    await putBytes(url, sameSize, 'image/png');
    const request = { s3Key: key, originalName: 'x.png', mimeType: 'image/png', size: sameSize.length };
    expect(await alice.refusal('POST', '/v1/files', request)).toMatchObject({
      code: 'file/s3-key-already-exists',
      details: { fileId: file.id },
    });
  });

  it('brings nothing back after the file was deleted', async () => {
    const { url, key } = await send(approved);
    const file = await register(key, approved.length);
    const { url: read } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
    await alice.ask('DELETE', `/v1/files/${file.id}`);
    await putBytes(url, approved, 'image/png');
    await expect.poll(async () => (await fetch(read)).status, { timeout: 20_000 }).toBe(404);
    // And not when they come after the purge.
    expect((await putBytes(url, approved, 'image/png')).status).toBe(200);
    expect((await fetch(read)).status).toBe(404);
    expect((await fetch(`${inject('service').imagesUrl}/${key}`)).status).toBe(404);
    const request = { s3Key: key, originalName: 'x.png', mimeType: 'image/png', size: approved.length };
    expect(await alice.refusal('POST', '/v1/files', request)).toMatchObject({
      code: 'file/upload-not-found',
    });
  });
});

it('the bytes that are registered are those that lie there then, not those that came first', async () => {
  const { url, key } = await send(approved, { announced: false });
  await putBytes(url, shorter, 'image/png');
  const request = { s3Key: key, originalName: 'x.png', mimeType: 'image/png', size: approved.length };
  expect(await alice.refusal('POST', '/v1/files', request)).toMatchObject({
    code: 'file/size-mismatch',
    details: { size: approved.length, storedSize: shorter.length },
  });
  await expectSealed(await register(key, shorter.length), shorter);
});

it('part URLs change nothing once the upload is complete, registered or not', async () => {
  const { key, uploadId } = await alice.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
    filename: 'doc.png',
    contentType: 'image/png',
    fileSize: approved.length,
    visibility: 'public',
  });
  const { url = '' } = await alice.ask<PresignPartsAnswer>('POST', '/v1/files/multipart/presigned-url', {
    key,
    uploadId,
    partNumber: 1,
  });
  const parts = [{ partNumber: 1, etag: (await putBytes(url, approved)).headers.get('etag') }];
  await alice.ask('POST', '/v1/files/multipart/complete', { key, uploadId, parts });
  expect((await putBytes(url, sameSize)).status).toBe(404);
  const file = await register(key, approved.length);
  expect((await putBytes(url, sameSize)).status).toBe(404);
  await expectSealed(file, approved);
});

describe('a file whose registration names another spelling of the type', () => {
  const types = [
    ['text/plain; charset=utf-8', 'text/plain;charset=utf-16'],
    ['text/plain', 'text/plain; charset=utf-7'],
    ['IMAGE/svg+xml', 'image/svg+xml; a=b'],
    ['multipart/related; type="text/html"', 'Multipart/Related'],
  ] as const;
  it.each(types)('has that of its bytes: announced %s, registered %s', async (contentType, mimeType) => {
    const [, parameters = ''] = /^[^;]*(.*)$/.exec(contentType) ?? [];
    const stored = contentType.replace(parameters, '').toLowerCase() + parameters;
    for (const key of [await sendWhole(contentType), await sendInParts(contentType)]) {
      const request = { s3Key: key, originalName: 'a', mimeType, size: approved.length };
      const file = await alice.ask<FileView>('POST', '/v1/files', request);
      expect(file.mimeType).toBe(stored);
      const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
      expect((await fetch(url)).headers.get('content-type')).toBe(stored);
      const service = inject('service');
      await using bucket = await openBucket({ ...service, dataDir: service.env.BKEND_DATA_DIR ?? '' });
      const objectKey = new URL(url).pathname.split('/').slice(2).join('/');
      expect((await bucket.head(objectKey))?.contentType).toBe(stored);
    }
  });

  async function sendWhole(contentType: string): Promise<string> {
    const request = { filename: 'a', contentType, fileSize: approved.length };
    const { url, key } = await alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', request);
    expect((await putBytes(url, approved, contentType)).status).toBe(200);
    return key;
  }

  async function sendInParts(contentType: string): Promise<string> {
    const request = { filename: 'a', contentType, fileSize: approved.length };
    const begun = await alice.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', request);
    const upload = { key: begun.key, uploadId: begun.uploadId };
    const { url = '' } = await alice.ask<PresignPartsAnswer>('POST', '/v1/files/multipart/presigned-url', {
      ...upload,
      partNumber: 1,
    });
    const parts = [{ partNumber: 1, etag: (await putBytes(url, approved)).headers.get('etag') }];
    await alice.ask('POST', '/v1/files/multipart/complete', { ...upload, parts });
    return begun.key;
  }
});

it('nothing that was sent beside the bytes reaches a reader', async () => {
  const presigned = await alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
    filename: 'doc.png',
    contentType: 'image/png',
    visibility: 'public',
  });
  const besides = {
    'Content-Encoding': 'gzip',
    'Cache-Control': 'public, max-age=31536000',
    Expires: 'Wed, 21 Oct 2037 07:28:00 GMT',
    'Content-Disposition': 'inline; filename="x.html"',
    'Content-Language': 'tlh',
  };
  const put = (headers: Record<string, string>) =>
    fetch(presigned.url, {
      method: 'PUT',
      headers: { 'Content-Type': 'image/png', ...headers },
      body: approved,
    });
  // Our store refuses what is not signed; Ceph takes it.
  const metadata = { 'x-amz-meta-note': 'unsigned' };
  if (!(await put({ ...besides, ...metadata })).ok) expect((await put(besides)).status).toBe(200);
  const file = await register(presigned.key, approved.length);
  await expectSealed(file, approved);
  const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
  for (const where of [url, `${inject('service').imagesUrl}/${file.key}`]) {
    const { headers } = await fetch(where);
    for (const [name, value] of Object.entries(besides)) expect(headers.get(name)).not.toBe(value);
    for (const name of ['content-encoding', 'x-amz-meta-note']) expect(headers.get(name)).toBeNull();
  }
});

it('of many registrations at once one makes the file, and the others learn its id', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { key } = await send(approved);
    const request = { s3Key: key, originalName: 'x.png', mimeType: 'image/png', size: approved.length };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => alice.send<FileView>('POST', '/v1/files', request)),
    );
    const [made, ...rest] = answers.toSorted((a, b) => a.status - b.status);
    expect(made?.status).toBe(201);
    for (const { status, json } of rest) {
      expect(status).toBe(409);
      expect(json).toMatchObject({ error: { details: { fileId: made?.json.id } } });
    }
  }
});

it('the ETag of a single PUT is the MD5 of the bytes that are read', async () => {
  const { key } = await send(longer);
  const { etag } = await register(key, longer.length);
  expect(etag).toBe(createHash('md5').update(longer).digest('hex'));
});
