import { randomBytes } from 'node:crypto';
import type {
  DownloadUrlAnswer,
  FileView,
  InitMultipartAnswer,
  ListPartsAnswer,
  PresignPartsAnswer,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../support/client.ts';
import { createTenant, type Tenant } from '../support/tenant.ts';
import { putBytes, sendFile } from '../support/uploads.ts';

const MiB = 1024 * 1024;

let tenant: Tenant;
let alice: Client;
let bob: Client;

beforeAll(async () => {
  tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
});

interface Part {
  readonly partNumber: number;
  readonly etag: string;
}

const init = (fields: object = {}, client = alice) =>
  client.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
    filename: 'film.mp4',
    contentType: 'video/mp4',
    fileSize: 11 * MiB,
    ...fields,
  });

async function urlOfPart(upload: InitMultipartAnswer, partNumber: number): Promise<string> {
  const { key, uploadId } = upload;
  const { url } = await alice.ask<PresignPartsAnswer>('POST', '/v1/files/multipart/presigned-url', {
    key,
    uploadId,
    partNumber,
  });
  return url ?? expect.fail('no URL for the part');
}

async function sendPart(
  upload: InitMultipartAnswer,
  partNumber: number,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Part> {
  const put = await putBytes(await urlOfPart(upload, partNumber), bytes);
  expect(put.status).toBe(200);
  return { partNumber, etag: put.headers.get('etag') ?? expect.fail('no ETag') };
}

const complete = (upload: InitMultipartAnswer, parts: readonly Part[], client = alice) => {
  const { key, uploadId } = upload;
  return client.send('POST', '/v1/files/multipart/complete', { key, uploadId, parts });
};

const refusedComplete = (upload: InitMultipartAnswer, parts: unknown, client = alice) => {
  const { key, uploadId } = upload;
  return client.refusal('POST', '/v1/files/multipart/complete', { key, uploadId, parts });
};

const abort = (upload: InitMultipartAnswer, client = alice) => {
  const { key, uploadId } = upload;
  return client.send('POST', '/v1/files/multipart/abort', { key, uploadId });
};

const partsOf = ({ key, uploadId }: InitMultipartAnswer, client = alice) =>
  client.ask<ListPartsAnswer>('GET', `/v1/files/multipart/parts?${new URLSearchParams({ key, uploadId })}`);

const register = ({ key }: InitMultipartAnswer, size: number) =>
  alice.ask<FileView>('POST', '/v1/files', {
    s3Key: key,
    originalName: 'film.mp4',
    mimeType: 'video/mp4',
    size,
  });

/** What every call on an upload has to say of it. */
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
    const upload = await init();

    // The second part breaks off in the middle.
    const broken = fetch(await urlOfPart(upload, 2), {
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
    const sentThird = await sendPart(upload, 3, third);
    await sendPart(upload, 1, randomBytes(5 * MiB));
    const sentFirst = await sendPart(upload, 1, first);
    expect((await partsOf(upload)).parts.map(({ partNumber }) => partNumber)).toEqual([1, 3]);
    const sentSecond = await sendPart(upload, 2, second);

    const { parts } = await partsOf(upload);
    expect(parts).toEqual([
      { ...sentFirst, size: 5 * MiB },
      { ...sentSecond, size: 5 * MiB },
      { ...sentThird, size: MiB },
    ]);

    const completed = await complete(upload, [sentFirst, sentSecond, sentThird]);
    expect(completed).toMatchObject({
      status: 200,
      json: { key: upload.key, location: expect.stringContaining(upload.key) },
    });
    const file = await register(upload, 11 * MiB);
    expect(file).toMatchObject({ size: 11 * MiB, category: 'media' });
    const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
    const download = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(download.equals(Buffer.concat(bytes))).toBe(true);
  });

  it('is told how to cut the file', async () => {
    expect(await init({ fileSize: 200 * MiB })).toMatchObject({
      uploadId: expect.any(String),
      filename: 'film.mp4',
      partSize: 8 * MiB,
      partCount: 25,
    });
    await tenant.admin.ask('PATCH', '/v1/environment', { 'quotas.openUploadBytes': 6 * 1024 ** 4 });
    const largest = await init({ fileSize: 5 * 1024 ** 4 });
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
    const { key, uploadId } = await init();
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
    const { key, uploadId } = await init();
    for (const asked of [{ partNumber }, { partNumbers: [1, partNumber] }]) {
      expect(
        await alice.refusal('POST', '/v1/files/multipart/presigned-url', { key, uploadId, ...asked }),
      ).toMatchObject({ status: 400, code: 'file/invalid-part-number-range' });
    }
  });

  describe('completing it', () => {
    it.each<[string, unknown, string]>([
      ['no parts', [], 'file/invalid-parts-array'],
      [
        'parts out of order',
        [
          { partNumber: 2, etag: '"a"' },
          { partNumber: 1, etag: '"b"' },
        ],
        'file/invalid-parts-array',
      ],
      [
        'a part twice',
        [
          { partNumber: 1, etag: '"a"' },
          { partNumber: 1, etag: '"a"' },
        ],
        'file/invalid-parts-array',
      ],
      ['an empty etag', [{ partNumber: 1, etag: '' }], 'file/invalid-parts-array'],
      ['a part number of 0', [{ partNumber: 0, etag: '"a"' }], 'file/invalid-part-number-range'],
      ['a part number of 10,001', [{ partNumber: 10_001, etag: '"a"' }], 'file/invalid-part-number-range'],
      [
        '10,001 parts',
        Array.from({ length: 10_001 }, (_, index) => ({ partNumber: index + 1, etag: 'a' })),
        'file/invalid-parts-array',
      ],
      ['parts that are no list', 'all', 'common/invalid-parameters'],
      ['a part without an etag', [{ partNumber: 1 }], 'common/invalid-parameters'],
      [
        'a part that was never sent',
        [{ partNumber: 1, etag: '"0123456789abcdef0123456789abcdef"' }],
        'file/invalid-parts-array',
      ],
    ])('is refused for %s', async (_, parts, code) => {
      const upload = await init();
      expect(await refusedComplete(upload, parts)).toMatchObject({ status: 400, code });
    });

    it('is refused for another etag than the part has', async () => {
      const upload = await init();
      const part = await sendPart(upload, 1, randomBytes(1_000));
      const wrong = { ...part, etag: '"00000000000000000000000000000000"' };
      expect(await refusedComplete(upload, [wrong])).toMatchObject({ code: 'file/invalid-parts-array' });
      expect((await complete(upload, [part])).status).toBe(200);
    });

    it('is refused for a part below 5 MiB that is not the last', async () => {
      const upload = await init();
      const parts = [
        await sendPart(upload, 1, randomBytes(1_000)),
        await sendPart(upload, 2, randomBytes(1_000)),
      ];
      expect(await refusedComplete(upload, parts)).toMatchObject({
        status: 400,
        code: 'file/invalid-parts-array',
      });
    });

    it('takes an etag with and without its quotes', async () => {
      const upload = await init();
      const { partNumber, etag } = await sendPart(upload, 1, randomBytes(1_000));
      expect((await complete(upload, [{ partNumber, etag: etag.replaceAll('"', '') }])).status).toBe(200);
    });

    it('gives the same answer again: at once, with the first answer lost, and after registering', async () => {
      const upload = await init();
      const part = await sendPart(upload, 1, randomBytes(1_000));
      const answers = await Promise.all([complete(upload, [part]), complete(upload, [part])]);
      const again = await complete(upload, [part]);
      await register(upload, 1_000);
      const afterwards = await complete(upload, [part]);
      for (const { status, json } of [...answers, again, afterwards]) {
        expect({ status, json }).toEqual({ status: 200, json: again.json });
      }
    });

    it('after which its parts are gone', async () => {
      const upload = await init();
      const part = await sendPart(upload, 1, randomBytes(1_000));
      await complete(upload, [part]);
      const query = new URLSearchParams({ key: upload.key, uploadId: upload.uploadId });
      expect(await alice.refusal('GET', `/v1/files/multipart/parts?${query}`)).toMatchObject({
        status: 404,
        code: 'file/upload-not-found',
      });
    });
  });

  it('is not registered before it is completed', async () => {
    const upload = await init();
    await sendPart(upload, 1, randomBytes(1_000));
    expect(
      await alice.refusal('POST', '/v1/files', {
        s3Key: upload.key,
        originalName: 'film.mp4',
        mimeType: 'video/mp4',
        size: 1_000,
      }),
    ).toMatchObject({ status: 409, code: 'file/upload-incomplete' });
  });

  describe('giving it up', () => {
    it('gives the same answer again, and ends it for everything else', async () => {
      const upload = await init();
      const part = await sendPart(upload, 1, randomBytes(1_000));
      const url = await urlOfPart(upload, 2);
      for (const { status, json } of [await abort(upload), await abort(upload)]) {
        expect({ status, json }).toEqual({ status: 200, json: { success: true, key: upload.key } });
      }
      expect(await refusedComplete(upload, [part])).toMatchObject({
        status: 404,
        code: 'file/upload-not-found',
      });
      expect((await putBytes(url, randomBytes(10))).status).toBe(404);
      const query = new URLSearchParams({ key: upload.key, uploadId: upload.uploadId });
      expect(await alice.refusal('GET', `/v1/files/multipart/parts?${query}`)).toMatchObject({ status: 404 });
    });

    it('ends an upload that was completed and not yet registered', async () => {
      const upload = await init();
      const part = await sendPart(upload, 1, randomBytes(1_000));
      await complete(upload, [part]);
      expect((await abort(upload)).status).toBe(200);
      expect(
        await alice.refusal('POST', '/v1/files', {
          s3Key: upload.key,
          originalName: 'film.mp4',
          mimeType: 'video/mp4',
          size: 1_000,
        }),
      ).toMatchObject({ status: 404, code: 'file/upload-not-found' });
    });
  });

  it('is its owner’s, and an admin’s', async () => {
    const upload = await init();
    expect(await refusalsOf(upload, bob)).toEqual(Array(4).fill('file/access-denied'));
    expect(await refusalsOf(upload, tenant.guest)).toEqual(Array(4).fill('common/authentication-required'));
    expect(await partsOf(upload, tenant.admin)).toEqual({ parts: [] });
    expect((await abort(upload, tenant.admin)).status).toBe(200);
  });

  it('is not found under another id, another key, or as the single upload it is not', async () => {
    const upload = await init();
    const single = await sendFile(alice);
    const unknown = Array(4).fill('file/upload-not-found');
    for (const uploadId of ['x', 'a/../b', '..%2f', '%00', "'; drop table uploads; --"]) {
      expect(await refusalsOf({ key: upload.key, uploadId }, alice)).toEqual(unknown);
    }
    const other = await init();
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
    const upload = await init({ fileSize: 10_000 * 5 * MiB });
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
    const { parts } = await partsOf(upload);
    expect(parts.map(({ partNumber }) => partNumber)).toEqual(numbers);
    await abort(upload);
  });
});
