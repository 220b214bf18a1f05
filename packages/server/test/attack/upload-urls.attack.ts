import { createHash } from 'node:crypto';
import type {
  DownloadUrlAnswer,
  FileView,
  InitMultipartAnswer,
  PresignPartsAnswer,
  PresignUploadAnswer,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { type AttackedTenant, createAttackedTenant } from './attacked-tenant.ts';

let tenant: AttackedTenant;
let alice: Client;
beforeAll(async () => {
  tenant = await createAttackedTenant();
  alice = tenant.user('alice');
});

const contentType = 'text/plain';
const good = Buffer.from('what was approved');
/** Files that an attacker puts in its tenant. */
const others: [string, Buffer<ArrayBuffer>][] = [
  ['the same size', Buffer.from('what was SMUGGLED'.slice(0, good.length).padEnd(good.length, '!'))],
  ['fewer bytes', Buffer.from('bad')],
  ['more bytes', Buffer.alloc(100_000, 'x')],
  ['no bytes', Buffer.alloc(0)],
];

async function put(url: string, body: Buffer<ArrayBuffer>, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method: 'PUT',
    body,
    headers: { 'Content-Type': contentType, ...headers },
  });
  await answer.arrayBuffer();
  return answer;
}

const presign = (fields: object = {}) =>
  alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
    filename: 'notes.txt',
    contentType,
    ...fields,
  });

const register = (s3Key: string, size: number, fields: object = {}) =>
  alice.ask<FileView>('POST', '/v1/files', {
    s3Key,
    size,
    originalName: 'notes.txt',
    mimeType: contentType,
    ...fields,
  });

/** The bytes that a reader gets, and the head of the answer. */
async function read({ id }: { id: string }) {
  const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${id}/download-url`, {
    expiresIn: 600,
  });
  const answer = await fetch(url);
  return {
    url,
    status: answer.status,
    headers: answer.headers,
    bytes: Buffer.from(await answer.arrayBuffer()),
  };
}

/** That record and bytes say the same, and both what was registered. */
async function expectSealed(file: FileView, bytes: Buffer) {
  const now = await alice.ask<FileView>('GET', `/v1/files/${file.id}`);
  expect(now).toEqual(file);
  const stored = await read(file);
  expect(stored.bytes.equals(bytes)).toBe(true);
  expect(stored.headers.get('etag')).toContain(file.etag.replaceAll('"', ''));
  expect(stored.headers.get('content-length')).toBe(`${file.size}`);
  expect(stored.headers.get('content-type')).toContain(file.mimeType);
  expect(createHash('md5').update(stored.bytes).digest('hex')).toBe(file.etag.replaceAll('"', ''));
}

describe.each([
  ['that announced its size', { fileSize: good.length }],
  ['that announced no size', {}],
])('an upload URL %s', (_, announced) => {
  it.each(others)('changes nothing with %s after the file was registered', async (_, other) => {
    const { url, key } = await presign(announced);
    expect((await put(url, good)).status).toBe(200);
    const file = await register(key, good.length);
    await put(url, other);
    await put(url, other, { 'Content-Type': 'text/html' });
    await expectSealed(file, good);
  });

  it('changes nothing while the file is being registered, however often it is used', async () => {
    let registered = 0;
    for (let round = 0; round < 10; round += 1) {
      const { url, key } = await presign(announced);
      await put(url, good);
      const [, other] = others[0] ?? expect.fail();
      const late = Array.from({ length: 4 }, () => put(url, other));
      const [answer] = await Promise.all([
        alice.send<FileView>('POST', '/v1/files', {
          s3Key: key,
          size: good.length,
          originalName: 'notes.txt',
          mimeType: contentType,
        }),
        ...late,
      ]);
      await Promise.all([put(url, other), put(url, other)]);
      if (answer.status !== 201) continue;
      registered += 1;
      const { bytes } = await read(answer.json);
      await expectSealed(answer.json, bytes);
    }
    expect(registered).toBeGreaterThan(0);
  });

  it('brings nothing back after the file was deleted', async () => {
    const { url, key } = await presign(announced);
    await put(url, good);
    const file = await register(key, good.length);
    const before = await read(file);
    await alice.ask('DELETE', `/v1/files/${file.id}`);
    await eventually('the bytes are gone', async () =>
      (await fetch(before.url)).status === 404 ? true : undefined,
    );
    await put(url, good);
    expect((await fetch(before.url)).status).toBe(404);
    expect((await alice.send('GET', `/v1/files/${file.id}`)).status).toBe(404);
    const again = await alice.send('POST', '/v1/files', {
      s3Key: key,
      size: good.length,
      originalName: 'notes.txt',
      mimeType: contentType,
    });
    expect(again.status).toBeGreaterThanOrEqual(400);
  });

  it('is no download URL, and opens nothing else', async () => {
    const { url } = await presign(announced);
    await put(url, good);
    for (const method of ['GET', 'HEAD', 'DELETE', 'POST'])
      expect((await fetch(url, { method })).status).toBe(403);
    const other = url.replace(/\/_pending\/|\/attachments\/|\/files\//, (folder) => `${folder}x`);
    expect((await put(other, good)).status).toBeGreaterThanOrEqual(400);
  });
});

describe('a part URL', () => {
  const partBytes = Buffer.alloc(5 * 2 ** 20, 'p');

  it('changes nothing after the upload was completed, registered and deleted', async () => {
    const init = await alice.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
      filename: 'notes.txt',
      contentType,
      fileSize: partBytes.length,
    });
    const parts = { key: init.key, uploadId: init.uploadId };
    const { urls } = await alice.ask<PresignPartsAnswer & { urls: { url: string }[] }>(
      'POST',
      '/v1/files/multipart/presigned-url',
      { ...parts, partNumbers: [1, 2] },
    );
    const [first = { url: '' }, second = { url: '' }] = urls;
    const etag = (await put(first.url, partBytes)).headers.get('etag');
    await alice.ask('POST', '/v1/files/multipart/complete', { ...parts, parts: [{ partNumber: 1, etag }] });
    const late = Buffer.alloc(partBytes.length, 'L');
    expect((await put(first.url, late)).status).toBe(404);
    const file = await register(init.key, partBytes.length);
    for (const { url } of [first, second]) expect((await put(url, late)).status).toBe(404);
    expect((await read(file)).bytes.equals(partBytes)).toBe(true);
    await alice.ask('DELETE', `/v1/files/${file.id}`);
    expect((await put(first.url, late)).status).toBe(404);
  });
});

describe('what is sent beside the bytes', () => {
  const hostile: Record<string, string> = {
    'Content-Encoding': 'gzip',
    'Cache-Control': 'public, max-age=31536000',
    Expires: 'Thu, 01 Jan 2099 00:00:00 GMT',
    'Content-Disposition': 'inline; filename="evil.html"',
    'Content-Language': 'en-x-evil',
    'x-amz-meta-evil': 'yes',
    'x-amz-website-redirect-location': 'https://evil.example/',
    'x-amz-storage-class': 'GLACIER',
    'x-amz-acl': 'public-read',
    'x-amz-tagging': 'evil=yes',
  };

  it.each(Object.entries(hostile))('%s reaches no reader', async (name, value) => {
    const { url, key } = await presign();
    const sent = await put(url, good, { [name]: value });
    // A store may also refuse headers that the URL did not sign.
    if (!sent.ok) return expect(sent.status).toBe(403);
    const file = await register(key, good.length, { visibility: 'public' });
    const { headers, bytes } = await read(file);
    expect(bytes.equals(good)).toBe(true);
    const image = await fetch(file.url ?? '');
    await image.arrayBuffer();
    for (const answered of [headers, image.headers]) {
      expect(answered.get(name) ?? '').not.toBe(value);
      expect(JSON.stringify([...answered])).not.toContain('evil');
    }
    expect(headers.get('cache-control') ?? 'no-store').toMatch(/private|no-store/);
  });

  it.each([
    'text/html',
    'image/svg+xml',
    'application/xhtml+xml',
    'image/x+xml',
    'audio/x+xml',
    'text/xml',
    'application/pdf+xml',
  ])('the type %s is never shown inline, whatever is asked', async (type) => {
    const { url, key } = await presign({ contentType: type });
    await put(url, good, { 'Content-Type': type });
    const file = await register(key, good.length, { mimeType: type, visibility: 'public' });
    const { url: download } = await alice.ask<DownloadUrlAnswer>(
      'POST',
      `/v1/files/${file.id}/download-url`,
      {
        disposition: 'inline',
      },
    );
    const answer = await fetch(download);
    await answer.arrayBuffer();
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });
});
