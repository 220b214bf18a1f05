import { randomBytes } from 'node:crypto';
import type { DownloadUrlAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type Client, createClient } from '../../../test-support/src/api/client.ts';
import { type NewFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { startOtherApi } from '../../../test-support/src/service/start-other-api.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

let alice: Client;

beforeAll(async () => {
  alice = await (await createTenant()).user('alice');
});

async function download(file: NewFile, request: object = {}) {
  const { id } = await uploadFile(alice, file);
  const answer = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${id}/download-url`, request);
  const response = await fetch(answer.url);
  return { answer, response, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** The name as a browser reads it, by RFC 6266 and RFC 8187. */
function nameIn(response: Response) {
  const header = response.headers.get('content-disposition') ?? '';
  const [, kind, ascii, extended = ''] =
    /^(inline|attachment); filename="([ !#-[\]-~]*)"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]*)$/.exec(
      header,
    ) ?? expect.fail(`not a valid header: ${header}`);
  return { kind, ascii, name: decodeURIComponent(extended) };
}

describe('a download URL', () => {
  it('leads to the bytes, under the file’s own name and type, for an hour', async () => {
    const sent = randomBytes(100_000);
    const before = Date.now();
    const { answer, response, bytes } = await download({
      originalName: 'data.bin',
      mimeType: 'application/octet-stream',
      bytes: sent,
    });
    expect(answer).toEqual({
      url: expect.any(String),
      filename: 'data.bin',
      contentType: 'application/octet-stream',
      size: 100_000,
      expiresAt: expect.any(String),
    });
    expect(Math.abs(Date.parse(answer.expiresAt) - before - 3_600_000)).toBeLessThan(60_000);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(nameIn(response)).toEqual({ kind: 'attachment', ascii: 'data.bin', name: 'data.bin' });
    expect(bytes.equals(sent)).toBe(true);
  });

  it('is the same by GET, also with options', async () => {
    const { id } = await uploadFile(alice, { mimeType: 'image/png', originalName: 'a.png' });
    const path = `/v1/files/${id}/download-url`;
    const { url } = await alice.ask<DownloadUrlAnswer>('GET', `${path}?expiresIn=60&disposition=inline`);
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('60');
    expect(nameIn(await fetch(url)).kind).toBe('inline');
  });

  it('can be asked for with no body at all', async () => {
    const { id } = await uploadFile(alice);
    const response = await fetch(`${inject('service').apiUrl}/v1/files/${id}/download-url`, {
      method: 'POST',
      headers: alice.headers,
    });
    expect(response.status).toBe(200);
  });

  it.each([60, 604_800])('lives for %d seconds when asked to', async (expiresIn) => {
    const { answer } = await download({}, { expiresIn });
    expect(new URL(answer.url).searchParams.get('X-Amz-Expires')).toBe(`${expiresIn}`);
    expect(Math.abs(Date.parse(answer.expiresAt) - Date.now() - expiresIn * 1000)).toBeLessThan(60_000);
  });

  it.each<[object]>([
    [{ expiresIn: 59 }],
    [{ expiresIn: 604_801 }],
    [{ expiresIn: 60.5 }],
    [{ expiresIn: '60' }],
    [{ disposition: 'popup' }],
  ])('is refused for %j', async (request) => {
    const { id } = await uploadFile(alice);
    expect(await alice.refusal('POST', `/v1/files/${id}/download-url`, request)).toMatchObject({
      status: 400,
      code: 'common/invalid-parameters',
    });
  });

  it.each([
    'image/png',
    'image/jpeg',
    'audio/mpeg',
    'video/mp4',
    'application/pdf',
    'text/plain',
    'text/plain; charset=utf-8',
  ])('shows %s in the browser when asked to, and only then', async (mimeType) => {
    const shown = await download({ mimeType }, { disposition: 'inline' });
    expect(nameIn(shown.response).kind).toBe('inline');
    expect(shown.response.headers.get('content-type')).toBe(mimeType);
    expect(nameIn((await download({ mimeType }, { disposition: 'attachment' })).response).kind).toBe(
      'attachment',
    );
    expect(nameIn((await download({ mimeType })).response).kind).toBe('attachment');
  });

  it.each([
    'image/svg+xml',
    'IMAGE/SVG+XML',
    'text/html',
    'application/xhtml+xml',
    'text/xml',
    'application/javascript',
    'application/octet-stream',
  ])('never shows %s in the browser', async (mimeType) => {
    const { response } = await download({ mimeType, originalName: 'x' }, { disposition: 'inline' });
    expect(nameIn(response).kind).toBe('attachment');
  });

  it.each([
    '보고서 2026 최종.pdf',
    '보고서.pdf'.normalize('NFD'),
    '😀 grin.png',
    'two "quotes" and; a semicolon.txt',
    "it's (a) *star*, 100%.txt",
    'no\u00a0break.txt',
    'a=b&c=d+e?f#g.txt',
    'ملف.pdf',
    '%0d%0aSet-Cookie: a=1.txt',
  ])('carries the name %j whole', async (originalName) => {
    const { answer, response } = await download({ originalName });
    expect(answer.filename).toBe(originalName);
    expect(response.status).toBe(200);
    expect(nameIn(response).name).toBe(originalName);
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it('leads to a part of the bytes too', async () => {
    const sent = randomBytes(1_000);
    const { answer } = await download({ bytes: sent });
    const response = await fetch(answer.url, { headers: { Range: 'bytes=100-199' } });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe('bytes 100-199/1000');
    expect(Buffer.from(await response.arrayBuffer()).equals(sent.subarray(100, 200))).toBe(true);
  });

  it('opens nothing else: not another name, type, file or method', async () => {
    const { answer } = await download({});
    const { url: other } = (await download({})).answer;
    const changed = (change: (copy: URL) => void) => {
      const copy = new URL(answer.url);
      change(copy);
      return fetch(copy);
    };
    const responses = await Promise.all([
      changed((copy) => copy.searchParams.set('response-content-type', 'text/html')),
      changed((copy) => copy.searchParams.set('response-content-disposition', 'inline')),
      changed((copy) => copy.searchParams.delete('response-content-disposition')),
      changed((copy) => copy.searchParams.set('response-cache-control', 'public')),
      changed((copy) => copy.searchParams.set('X-Amz-Expires', '604800')),
      changed((copy) => {
        copy.pathname = new URL(other).pathname;
      }),
      fetch(answer.url, { method: 'DELETE' }),
      fetch(answer.url, { method: 'PUT', body: 'x' }),
    ]);
    expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 403));
  });

  it('follows a new name', async () => {
    const { id } = await uploadFile(alice, { originalName: 'before.txt' });
    await alice.ask('PATCH', `/v1/files/${id}`, { originalName: '이후.txt' });
    const { url, filename } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${id}/download-url`);
    expect(filename).toBe('이후.txt');
    expect(nameIn(await fetch(url)).name).toBe('이후.txt');
  });
});

describe('the download URL of a public file', () => {
  const upload = () =>
    uploadFile(alice, { visibility: 'public', originalName: '공개 notes.txt', mimeType: 'text/plain' });

  it('is its lasting address, which answers an attachment with its name and follows the file', async () => {
    const file = await upload();
    const before = Date.now();
    for (const method of ['GET', 'POST'] as const) {
      const answer = await alice.ask<DownloadUrlAnswer>(method, `/v1/files/${file.id}/download-url`);
      expect(answer).toMatchObject({ url: `${file.url}?download`, filename: '공개 notes.txt', size: 5 });
      expect(answer.url).toBe(`${inject('service').imagesUrl}/${file.s3Key}?download`);
      const years = (Date.parse(answer.expiresAt) - before) / (365.25 * 24 * 3_600_000);
      expect(Math.round(years)).toBe(100);
    }
    const answer = await fetch(`${file.url}?download`);
    expect(await answer.text()).toBe('hello');
    expect(answer.headers.get('content-type')).toBe('text/plain');
    expect(nameIn(answer)).toMatchObject({ kind: 'attachment', name: '공개 notes.txt' });
    expect((await fetch(file.url ?? '')).headers.get('content-disposition')).toMatch(/^inline/);
    await alice.ask('PATCH', `/v1/files/${file.id}`, { visibility: 'private' });
    await expect.poll(async () => (await fetch(`${file.url}?download`)).status, { timeout: 5_000 }).toBe(404);
  });

  it.each([{ expiresIn: 600 }, { disposition: 'attachment' }, { disposition: 'inline' }])(
    'is presigned when %j is asked for',
    async (request) => {
      const { id } = await upload();
      const { url } = await alice.ask<DownloadUrlAnswer>('POST', `/v1/files/${id}/download-url`, request);
      expect(url).toContain('X-Amz-Signature=');
    },
  );

  it('is presigned where an API runs without an images host', async () => {
    await using api = await startOtherApi({ BKEND_IMAGES_URL: '' });
    const { id } = await upload();
    const { url } = await createClient(api.apiUrl, alice.headers).ask<DownloadUrlAnswer>(
      'POST',
      `/v1/files/${id}/download-url`,
    );
    expect(url).toContain('X-Amz-Signature=');
  });

  it('is presigned for every other visibility, in a batch as well', async () => {
    const [open, closed] = await Promise.all([upload(), uploadFile(alice, { visibility: 'protected' })]);
    const { urls } = await alice.ask<{ urls: { url: string }[] }>('POST', '/v1/files/download-urls', {
      ids: [open.id, closed.id],
    });
    expect(urls.map(({ url }) => url)).toEqual([
      `${open.url}?download`,
      expect.stringContaining('X-Amz-Signature='),
    ]);
  });
});
