import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { PresignUploadAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { putBytes } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let alice: Client;

beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
});

const presign = (fields: object = {}, client = alice) =>
  client.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
    filename: 'notes.txt',
    contentType: 'text/plain',
    ...fields,
  });

/** Sends a PUT byte by byte as given; `fetch` would mend the length. */
function putRaw(url: string, { headers, body }: { headers: Record<string, string>; body: Buffer[] }) {
  return new Promise<number>((resolve, reject) => {
    const put = request(url, { method: 'PUT', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    put.once('error', reject);
    for (const chunk of body) put.write(chunk);
    put.end();
  });
}

describe('a presigned upload', () => {
  it('answers with a URL, a key below the tenant’s prefix, and what the PUT must send', async () => {
    const before = Date.now();
    const answer = await presign({ filename: '사진.JPG', contentType: 'image/jpeg', fileSize: 7 });
    const month = new Date().toISOString().slice(0, 7).replace('-', '/');
    expect(answer).toEqual({
      url: expect.stringContaining(`${answer.key}?`),
      key: expect.stringMatching(
        new RegExp(`^${tenant.project}/dev/images/${month}/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}\\.jpg$`),
      ),
      fileId: answer.key.slice(-'.jpg'.length - 36, -'.jpg'.length),
      filename: '사진.JPG',
      contentType: 'image/jpeg',
      method: 'PUT',
      headers: { 'Content-Type': 'image/jpeg' },
      expiresAt: expect.any(String),
    });
    const lifeSeconds = (Date.parse(answer.expiresAt) - before) / 1000;
    expect(lifeSeconds).toBeGreaterThan(14 * 60);
    expect(lifeSeconds).toBeLessThan(16 * 60);
    expect(new URL(answer.url).searchParams.get('X-Amz-Expires')).toBe('900');
  });

  it('never promises a key twice', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => presign()));
    expect(new Set(answers.map(({ key }) => key)).size).toBe(50);
  });

  it.each([
    ['image/png', 'images'],
    ['video/mp4', 'media'],
    ['audio/mpeg', 'media'],
    ['application/pdf', 'documents'],
  ])('puts %s into the category %s by default', async (contentType, category) => {
    expect((await presign({ contentType })).key).toContain(`/${category}/`);
  });

  it.each(['documents', 'attachments', 'exports', 'backups', 'temp'])(
    'takes any type into %s',
    async (category) => {
      expect((await presign({ contentType: 'application/x-anything', category })).key).toContain(
        `/${category}/`,
      );
    },
  );

  it.each<[string, object, string]>([
    ['no name', { filename: '' }, 'file/invalid-name'],
    ['a path for a name', { filename: '../../etc/passwd' }, 'file/invalid-name'],
    ['a line feed in the name', { filename: 'a\nb' }, 'file/invalid-name'],
    ['a right-to-left override in the name', { filename: 'exe.\u202egpj' }, 'file/invalid-name'],
    ['256 bytes of name', { filename: 'x'.repeat(256) }, 'file/original-name-too-long'],
    ['86 syllables of name', { filename: '가'.repeat(86) }, 'file/original-name-too-long'],
    ['no type', { contentType: '' }, 'file/invalid-format'],
    ['a range for a type', { contentType: 'image/*' }, 'file/invalid-format'],
    ['128 bytes of type', { contentType: `a/${'x'.repeat(126)}` }, 'file/mime-type-too-long'],
    ['text among the images', { category: 'images' }, 'file/invalid-format'],
    ['a negative size', { fileSize: -1 }, 'file/size-negative'],
    ['no bytes', { fileSize: 0 }, 'file/file-too-small'],
    ['more than 5 GiB', { fileSize: 5 * 1024 ** 3 + 1 }, 'file/file-too-large'],
    ['more than there is', { fileSize: 1e300 }, 'file/file-too-large'],
    ['half a byte', { fileSize: 1.5 }, 'common/invalid-parameters'],
    ['a size as text', { fileSize: '7' }, 'common/invalid-parameters'],
    ['an unknown category', { category: 'videos' }, 'common/invalid-parameters'],
    ['an unknown visibility', { visibility: 'secret' }, 'common/invalid-parameters'],
    ['no name field', { filename: undefined }, 'common/invalid-parameters'],
    ['a number for a name', { filename: 7 }, 'common/invalid-parameters'],
  ])('is refused for %s', async (_, fields, code) => {
    const refusal = await alice.refusal('POST', '/v1/files/presigned-url', {
      filename: 'notes.txt',
      contentType: 'text/plain',
      ...fields,
    });
    expect(refusal).toMatchObject({ status: 400, code });
  });

  it('takes exactly 5 GiB, and names of 255 bytes', async () => {
    await presign({ fileSize: 5 * 1024 ** 3 });
    await presign({ filename: '가'.repeat(85) });
  });

  it('names every field at fault at once', async () => {
    const { details } = await alice.refusal('POST', '/v1/files/presigned-url', {
      fileSize: 'big',
      visibility: 'secret',
    });
    const fields = (details.issues as { field: string }[]).map(({ field }) => field).sort();
    expect(fields).toEqual(['contentType', 'fileSize', 'filename', 'visibility']);
  });

  it('is not for guests', async () => {
    const refusal = await tenant.guest.refusal('POST', '/v1/files/presigned-url', {
      filename: 'a.txt',
      contentType: 'text/plain',
    });
    expect(refusal).toMatchObject({ status: 401, code: 'common/authentication-required' });
  });
});

describe('the URL of an upload', () => {
  const bytes = randomBytes(1_024);

  it('takes the bytes that were announced', async () => {
    const { url } = await presign({ fileSize: bytes.length });
    const put = await putBytes(url, bytes, 'text/plain');
    expect(put.status).toBe(200);
    expect(put.headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/);
  });

  it('takes any bytes when no size was announced', async () => {
    const { url } = await presign();
    expect((await putBytes(url, bytes, 'text/plain')).status).toBe(200);
  });

  it.each([
    ['one byte less', bytes.subarray(1)],
    ['one byte more', Buffer.concat([bytes, Buffer.from('x')])],
  ])('refuses %s than announced', async (_, other) => {
    const { url, key } = await presign({ fileSize: bytes.length });
    expect((await putBytes(url, Buffer.from(other), 'text/plain')).status).toBe(403);
    const refusal = await alice.refusal('POST', '/v1/files', {
      s3Key: key,
      originalName: 'notes.txt',
      mimeType: 'text/plain',
      size: other.length,
    });
    expect(refusal.code).toBe('file/upload-incomplete');
  });

  it('refuses a chunked body, whose length is not known beforehand', async () => {
    const { url } = await presign({ fileSize: bytes.length });
    const status = await putRaw(url, {
      headers: { 'Content-Type': 'text/plain', 'Transfer-Encoding': 'chunked' },
      body: [bytes],
    });
    expect([403, 411]).toContain(status);
  });

  it.each(['image/png', 'text/plain; charset=utf-8', undefined])(
    'refuses the type %j where text/plain was announced',
    async (contentType) => {
      const { url } = await presign({ fileSize: bytes.length });
      expect((await putBytes(url, bytes, contentType)).status).toBe(403);
    },
  );

  it('refuses every change to itself', async () => {
    const { url } = await presign({ fileSize: bytes.length });
    const changed = (change: (copy: URL) => void) => {
      const copy = new URL(url);
      change(copy);
      return copy.href;
    };
    const changes = [
      changed((copy) => copy.searchParams.set('X-Amz-Expires', '604800')),
      changed((copy) => copy.searchParams.set('X-Amz-Date', '20200101T000000Z')),
      changed((copy) => copy.searchParams.set('X-Amz-SignedHeaders', 'host')),
      changed((copy) => copy.searchParams.set('X-Amz-Signature', '0'.repeat(64))),
      changed((copy) => copy.searchParams.append('x-id', 'PutObject')),
      changed((copy) => {
        copy.pathname = copy.pathname.replace(/[0-9a-f]{4}\.txt$/, '0000.txt');
      }),
      changed((copy) => {
        copy.pathname = copy.pathname.replace(tenant.project, 'other');
      }),
      changed((copy) => {
        copy.search = '';
      }),
    ];
    const statuses = await Promise.all(
      changes.map(async (target) => (await putBytes(target, bytes, 'text/plain')).status),
    );
    expect(statuses).toEqual(changes.map(() => 403));
  });

  it('reads nothing and deletes nothing', async () => {
    const { url } = await presign({ fileSize: bytes.length });
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(403);
  });

  it('can be used from any web page, which may read the ETag', async () => {
    const { url } = await presign({ fileSize: bytes.length });
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://app.example.com',
        'Access-Control-Request-Method': 'PUT',
        'Access-Control-Request-Headers': 'content-type',
      },
    });
    expect(preflight.ok).toBe(true);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toMatch(/content-type|\*/);

    const put = await fetch(url, {
      method: 'PUT',
      headers: { Origin: 'https://app.example.com', 'Content-Type': 'text/plain' },
      body: bytes,
    });
    expect(put.headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/app\.example\.com)$/);
    expect(put.headers.get('access-control-expose-headers')?.toLowerCase()).toContain('etag');
  });
});
