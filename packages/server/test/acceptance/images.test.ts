import type { FileView, ImageUrlAnswer } from '@bkend/storage-contract';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';
import { photograph } from '../images/sample-images.ts';

let alice: Client;
let bob: Client;
let guest: Client;
let bytes: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  const tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
  guest = tenant.guest;
  bytes = new Uint8Array(await photograph());
});

const uploadImage = (visibility: FileView['visibility']) =>
  uploadFile(alice, { bytes, originalName: 'photo.jpg', mimeType: 'image/jpeg', visibility });

/** The URL of a public image with these options. */
function urlOf(file: FileView, options = ''): string {
  const url = new URL(file.url ?? '');
  return `${url.origin}${options}${url.pathname}`;
}

async function sizeOf(answer: Response) {
  const { width, height } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
  return { width, height };
}

describe('the image host', () => {
  it('serves a public image as it is, and as its URL says', async () => {
    const file = await uploadImage('public');
    const original = await fetch(urlOf(file));
    expect(new Uint8Array(await original.arrayBuffer())).toEqual(bytes);
    const small = await fetch(urlOf(file, '/fit-in/200x200/filters:grayscale()'));
    expect(await sizeOf(small)).toEqual({ width: 200, height: 150 });
  });

  it('stops within five seconds when an image is hidden, and when it is deleted', async () => {
    const [hidden, deleted] = await Promise.all([uploadImage('public'), uploadImage('public')]);
    const urls = [hidden, deleted].flatMap((file) => [urlOf(file), urlOf(file, '/100x100')]);
    for (const url of urls) expect((await fetch(url)).status).toBe(200);
    await alice.ask('PATCH', `/v1/files/${hidden.id}`, { visibility: 'private' });
    await alice.ask('DELETE', `/v1/files/${deleted.id}`);
    const statuses = async () => Promise.all(urls.map(async (url) => (await fetch(url)).status));
    await expect.poll(statuses, { timeout: 5_000 }).toEqual([404, 404, 404, 404]);
  });

  it('shows an image that is not public only by a URL signed for a caller who may read it', async () => {
    const file = await uploadImage('private');
    const path = `/v1/files/${file.id}/image-url`;
    const { url, expiresAt } = await alice.ask<ImageUrlAnswer>('POST', path, {
      options: '120x90/smart/filters:quality(70)',
      expiresIn: 60,
    });
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    const shown = await fetch(url);
    expect(shown.headers.get('cache-control')).toMatch(/^private/);
    expect(await sizeOf(shown)).toEqual({ width: 120, height: 90 });
    expect((await fetch(url.replace('120x90', '121x90'))).status).toBe(403);
    const original = await alice.ask<ImageUrlAnswer>('POST', path, {});
    expect(new Uint8Array(await (await fetch(original.url)).arrayBuffer())).toEqual(bytes);
    expect(await bob.refusal('POST', path, {})).toMatchObject({ status: 403, code: 'file/access-denied' });
    expect(await guest.refusal('POST', path, {})).toMatchObject({ status: 403, code: 'file/access-denied' });
  });

  it('stops showing a shared image to a user it is no longer shared with', async () => {
    const file = await uploadImage('shared');
    await alice.ask('PUT', `/v1/files/${file.id}/shares/bob`);
    const { url } = await bob.ask<ImageUrlAnswer>('POST', `/v1/files/${file.id}/image-url`, {
      options: '50x50',
    });
    expect((await fetch(url)).status).toBe(200);
    await alice.ask('DELETE', `/v1/files/${file.id}/shares/bob`);
    expect((await fetch(url)).status).toBe(403);
  });

  it.each([
    ['quality', '50x50/filters:quality(0)', 'filters.quality'],
    ['the order', 'smart/50x50', 'options'],
    ['a key', '50x50/some/other/key', 'options'],
    ['a signature', 'unsafe/50x50', 'options'],
  ])('signs no URL that is wrong in %s', async (_, options, field) => {
    const file = await uploadImage('private');
    const refusal = await alice.refusal('POST', `/v1/files/${file.id}/image-url`, { options });
    expect(refusal).toMatchObject({ status: 400, details: { issues: [{ field }] } });
  });

  it('signs no URL for a file that is no image', async () => {
    const file = await uploadFile(alice);
    const refusal = await alice.refusal('POST', `/v1/files/${file.id}/image-url`, {});
    expect(refusal).toMatchObject({ status: 400, code: 'file/invalid-format' });
  });
});
