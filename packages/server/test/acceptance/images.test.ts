import { readFile } from 'node:fs/promises';
import type { FileView } from '@bkend/storage-contract';
import sharp from 'sharp';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { createTenant, type Tenant } from '../support/tenant.ts';
import { type NewFile, uploadFile } from '../support/uploads.ts';

const { imagesUrl } = inject('service');
let tenant: Tenant;
let alice: Client;
let picture: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
  const pixels = { create: { width: 400, height: 200, channels: 3 as const, background: 'teal' } };
  picture = new Uint8Array(await sharp(pixels).jpeg().toBuffer());
});

const publish = (file: NewFile = {}) =>
  uploadFile(alice, {
    originalName: '풍경.jpg',
    mimeType: 'image/jpeg',
    visibility: 'public',
    bytes: picture,
    ...file,
  });

describe('the image host', () => {
  it('serves the original of a public file, at the address the file names', async () => {
    const file = await publish();
    const response = await fetch(file.url ?? '');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('content-length')).toBe(`${picture.length}`);
    expect(response.headers.get('etag')).toBe(`"${file.etag}"`);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('x-request-id')).toBeTruthy();
    expect(Buffer.from(await response.arrayBuffer()).equals(picture)).toBe(true);
  });

  it('answers HEAD, ranges and conditions', async () => {
    const file = await publish();
    const url = file.url ?? '';
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(`${picture.length}`);
    expect(await head.text()).toBe('');

    const range = await fetch(url, { headers: { Range: 'bytes=10-19' } });
    expect(range.status).toBe(206);
    expect(range.headers.get('content-range')).toBe(`bytes 10-19/${picture.length}`);
    expect(Buffer.from(await range.arrayBuffer()).equals(picture.subarray(10, 20))).toBe(true);
    expect((await fetch(url, { headers: { Range: 'bytes=9999999-' } })).status).toBe(416);

    const same = await fetch(url, { headers: { 'If-None-Match': `"${file.etag}"` } });
    expect(same.status).toBe(304);
    expect((await fetch(url, { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
  });

  it.each([
    ['200x200', 200, 100],
    ['100x0', 100, 50],
    ['0x50', 100, 50],
    ['1000x1000', 400, 200],
    ['0x0', 400, 200],
  ])('fits a picture of 400x200 in %s', async (box, width, height) => {
    const { key } = await publish();
    const response = await fetch(`${imagesUrl}/fit-in/${box}/${key}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('vary')).toContain('Accept');
    expect(await sharp(await response.arrayBuffer()).metadata()).toMatchObject({ width, height });
  });

  it('says of every file that is not public what it says of an unknown one', async () => {
    const answerOf = async (key: string, options: string) => {
      const response = await fetch(`${imagesUrl}/${options}${key}`);
      const { requestId, ...body } = (await response.json()) as FileView & { requestId: string };
      const headers = Object.fromEntries(response.headers);
      for (const changing of ['date', 'x-request-id']) delete headers[changing];
      return { status: response.status, body, headers };
    };
    const open = await publish();
    const imagined = open.key.replace(/[0-9a-f]{12}\.jpg$/, '0123456789ab.jpg');
    for (const options of ['', 'fit-in/100x100/']) {
      const unknown = await answerOf(imagined, options);
      expect(unknown.status).toBe(404);
      for (const visibility of ['private', 'protected', 'shared'] as const) {
        const { key } = await publish({ visibility });
        expect(await answerOf(key, options)).toEqual(unknown);
      }
    }
  });

  it('stops serving a file within five seconds of its becoming private, in every form', async () => {
    const file = await publish();
    const urls = [`${imagesUrl}/${file.key}`, `${imagesUrl}/fit-in/100x100/${file.key}`];
    for (const url of urls) expect((await fetch(url)).status).toBe(200);
    await alice.ask('PATCH', `/v1/files/${file.id}`, { visibility: 'private' });
    await eventually(
      'the file is hidden',
      async () => {
        const statuses = await Promise.all(urls.map(async (url) => (await fetch(url)).status));
        return statuses.every((status) => status === 404) || undefined;
      },
      { withinSeconds: 5 },
    );
  });

  it.each(['image/svg+xml', 'text/html', 'application/xhtml+xml', 'text/xml'])(
    'sends %s as an attachment that can run nothing',
    async (mimeType) => {
      const file = await publish({
        mimeType,
        originalName: 'page',
        bytes: Buffer.from('<svg onload="alert(1)"/>'),
      });
      const { headers } = await fetch(file.url ?? '');
      expect(headers.get('content-disposition')).toMatch(/^attachment;/);
      expect(headers.get('content-security-policy')).toContain('sandbox');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  it('refuses to render what is no picture', async () => {
    const { key } = await publish({ bytes: await readFileBytes() });
    const response = await fetch(`${imagesUrl}/fit-in/100x100/${key}`);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('takes no %s', async (method) => {
    const { key } = await publish();
    const response = await fetch(`${imagesUrl}/${key}`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  it.each([
    '/',
    '/x',
    '/..%2f..%2fsecrets.json',
    '/%ff',
    '/%00',
    '/fit-in/',
    '/fit-in/axb/x',
    `/${'x'.repeat(5_000)}`,
  ])('has nothing at %s', async (path) => {
    const response = await fetch(imagesUrl + path);
    expect([400, 404]).toContain(response.status);
    expect(await response.json()).toMatchObject({ success: false, statusCode: response.status });
  });
});

/** Bytes that are surely no picture. */
async function readFileBytes(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(import.meta.filename));
}
