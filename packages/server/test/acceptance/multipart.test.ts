import { randomBytes } from 'node:crypto';
import type { DownloadUrlAnswer, PresignPartsAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import {
  abortMultipart,
  completeMultipart,
  initMultipart,
  listParts,
  presignPart,
  registerMultipart,
  sendPart,
} from '../../../test-support/src/api/multipart.ts';
import { putBytes, sendFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const MiB = 1024 * 1024;

let tenant: Tenant;
let alice: Client;
let bob: Client;

beforeAll(async () => {
  tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
});

/** Fields that every call on an upload needs. */
async function refusalsOf(upload: { key: string; uploadId: string }, client: Client) {
  const { key, uploadId } = upload;
  const query = new URLSearchParams({ key, uploadId });
  const refusals = await Promise.all([
    client.refusal('POST', '/v1/files/multipart/presigned-url', { key, uploadId, partNumber: 1 }),
    client.refusal('GET', `/v1/files/multipart/parts?${query}`),
    client.refusal('POST', '/v1/files/multipart/complete', {
      key,
      uploadId,
      parts: [{ partNumber: 1, etag: '"abc"' }],
    }),
    client.refusal('POST', '/v1/files/multipart/abort', { key, uploadId }),
  ]);
  return refusals.map(({ code }) => code);
}

describe('an upload in parts', () => {
  it('survives a part that failed and is sent again, and one that was sent twice', async () => {
    const bytes = [randomBytes(5 * MiB), randomBytes(5 * MiB), randomBytes(MiB)];
    const [first, second, third] = bytes as [Buffer<ArrayBuffer>, Buffer<ArrayBuffer>, Buffer<ArrayBuffer>];
    const upload = await initMultipart(alice);

    // The second part breaks off in the middle.
    const broken = fetch(await presignPart(alice, upload, 2), {
      method: 'PUT',
      headers: { 'Content-Length': `${second.length}` },
      body: new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(second.subarray(0, MiB)));
          controller.error(new Error('the connection broke'));
        },
      }),
      duplex: 'half',
    } as RequestInit);
    await expect(broken).rejects.toThrow();

    // In any order, the first one twice.
    const sentThird = await sendPart(alice, upload, { partNumber: 3, bytes: third });
    await sendPart(alice, upload, { partNumber: 1, bytes: randomBytes(5 * MiB) });
    const sentFirst = await sendPart(alice, upload, { partNumber: 1, bytes: first });
    expect((await listParts(alice, upload)).parts.map(({ partNumber }) => partNumber)).toEqual([1, 3]);
    const sentSecond = await sendPart(alice, upload, { partNumber: 2, bytes: second });

    const { parts } = await listParts(alice, upload);
    expect(parts).toEqual([
      { ...sentFirst, size: 5 * MiB },
      { ...sentSecond, size: 5 * MiB },
      { ...sentThird, size: MiB },
    ]);

    const completed = await completeMultipart(alice, upload, [sentFirst, sentSecond, sentThird]);
    expect(completed).toMatchObject({
      status: 200,
      json: { key: upload.key, location: expect.stringContaining(upload.key) },
    });
    const file = await registerMultipart(alice, upload, 11 * MiB);
    expect(file).toMatchObject({ size: 11 * MiB, category: 'media' });
    const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
    const download = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(download.equals(Buffer.concat(bytes))).toBe(true);
  });

  it('is answered with size and number of its parts', async () => {
    expect(await initMultipart(alice, { fileSize: 200 * MiB })).toMatchObject({
      uploadId: expect.any(String),
      filename: 'film.mp4',
      partSize: 16 * MiB,
      partCount: 13,
    });
    await tenant.admin.ask('PATCH', '/v1/environment', { 'quotas.openUploadBytes': 6 * 1024 ** 4 });
    const largest = await initMultipart(alice, { fileSize: 5 * 1024 ** 4 });
    expect(largest.partCount).toBeLessThanOrEqual(10_000);
    expect(largest.partSize * largest.partCount).toBeGreaterThanOrEqual(5 * 1024 ** 4);
  });

  it.each<[object, string]>([
    [{ filename: 'a/b' }, 'file/invalid-name'],
    [{ contentType: 'video' }, 'file/invalid-format'],
    [{ category: 'images' }, 'file/invalid-format'],
    [{ fileSize: -1 }, 'file/size-negative'],
    [{ fileSize: 0 }, 'file/file-too-small'],
    [{ fileSize: 5 * 1024 ** 4 + 1 }, 'file/file-too-large'],
    [{ fileSize: undefined }, 'common/invalid-parameters'],
  ])('is refused at the start for %j', async (fields, code) => {
    const refusal = await alice.refusal('POST', '/v1/files/multipart/init', {
      filename: 'film.mp4',
      contentType: 'video/mp4',
      fileSize: 11 * MiB,
      ...fields,
    });
    expect(refusal).toMatchObject({ status: 400, code });
  });

  it('gets the URLs of many parts at once, up to 100', async () => {
    const { key, uploadId } = await initMultipart(alice);
    const ask = (body: object) =>
      alice.send<PresignPartsAnswer>('POST', '/v1/files/multipart/presigned-url', { key, uploadId, ...body });
    const numbers = Array.from({ length: 100 }, (_, index) => 10_000 - index);
    const { json } = await ask({ partNumbers: numbers });
    expect(json.urls?.map(({ partNumber }) => partNumber)).toEqual(numbers);
    expect(json).not.toHaveProperty('url');
    expect(new URL(json.urls?.[0]?.url ?? '').searchParams.get('X-Amz-Expires')).toBe('3600');

    expect((await ask({ partNumbers: [...numbers, 1] })).status).toBe(400);
    expect((await ask({ partNumbers: [] })).status).toBe(400);
    expect((await ask({})).status).toBe(400);
    expect((await ask({ partNumber: 1, partNumbers: [1] })).status).toBe(400);
  });

  it.each([0, -1, 10_001])('has no part number %d', async (partNumber) => {
    const { key, uploadId } = await initMultipart(alice);
    for (const asked of [{ partNumber }, { partNumbers: [1, partNumber] }]) {
      expect(
        await alice.refusal('POST', '/v1/files/multipart/presigned-url', { key, uploadId, ...asked }),
      ).toMatchObject({ status: 400, code: 'file/invalid-part-number-range' });
    }
  });

  it('is its owner’s, and an admin’s', async () => {
    const upload = await initMultipart(alice);
    expect(await refusalsOf(upload, bob)).toEqual(Array(4).fill('file/access-denied'));
    expect(await refusalsOf(upload, tenant.guest)).toEqual(Array(4).fill('common/authentication-required'));
    expect(await listParts(tenant.admin, upload)).toEqual({ parts: [] });
    expect((await abortMultipart(tenant.admin, upload)).status).toBe(200);
  });

  it('is not found under another id, another key, or as the single upload it is not', async () => {
    const upload = await initMultipart(alice);
    const single = await sendFile(alice);
    const unknown = Array(4).fill('file/upload-not-found');
    for (const uploadId of ['x', 'a/../b', '..%2f', '%00', "'; drop table uploads; --"]) {
      expect(await refusalsOf({ key: upload.key, uploadId }, alice)).toEqual(unknown);
    }
    const other = await initMultipart(alice);
    expect(await refusalsOf({ key: upload.key, uploadId: other.uploadId }, alice)).toEqual(unknown);
    expect(await refusalsOf({ key: single.s3Key, uploadId: upload.uploadId }, alice)).toEqual(unknown);
    for (const key of [
      '',
      '../x',
      `${upload.key}/..`,
      upload.key.replaceAll('/', '%2f'),
      `${upload.key}\0`,
    ]) {
      expect(await refusalsOf({ key, uploadId: upload.uploadId }, alice)).toEqual(
        // An empty query parameter counts as none.
        Array(4)
          .fill('file/invalid-path')
          .map((code, index) => (key === '' && index === 1 ? 'common/invalid-parameters' : code)),
      );
    }
  });

  it('can be resumed past 1,000 parts', async () => {
    const upload = await initMultipart(alice, { fileSize: 10_000 * 5 * MiB });
    const { key, uploadId } = upload;
    const count = 1_020;
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    for (let start = 0; start < count; start += 100) {
      const { urls = [] } = await alice.ask<PresignPartsAnswer>('POST', '/v1/files/multipart/presigned-url', {
        key,
        uploadId,
        partNumbers: numbers.slice(start, start + 100),
      });
      const puts = await Promise.all(
        urls.map(({ url, partNumber }) => putBytes(url, Buffer.from(`${partNumber}`))),
      );
      expect(puts.every(({ ok }) => ok)).toBe(true);
    }
    const { parts } = await listParts(alice, upload);
    expect(parts.map(({ partNumber }) => partNumber)).toEqual(numbers);
    await abortMultipart(alice, upload);
  });
});
