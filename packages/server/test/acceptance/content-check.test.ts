import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventsAnswer, FileView } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { sendContents } from '../../../test-support/src/api/contents.ts';
import { putBytes, sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { openBucket } from '../../../test-support/src/bucket/service-bucket.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';
import { pendingKeyOf } from '../../src/uploads/file-key.ts';

let tenant: Tenant;
let alice: Client;

beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
});

const page = new TextEncoder().encode('<!doctype html><script>alert(1)</script>');
const png = { originalName: 'photo.png', mimeType: 'image/png' };
const mismatch = {
  status: 400,
  code: 'file/content-mismatch',
  details: { mimeType: 'image/png', storedMimeType: 'text/plain' },
};
const photo = async (name: string) =>
  new Uint8Array(await readFile(join(import.meta.dirname, '../content/images', name)));
const idOf = (key: string) => /([0-9a-f-]{36})(?:\.|$)/.exec(key)?.[1] ?? '';

/** Every door at which bytes become a file: a refusal of a page announced as an image. */
const doors: Readonly<Record<string, () => Promise<object>>> = {
  'POST /v1/files': async () =>
    alice.refusal('POST', '/v1/files', await sendFile(alice, { ...png, bytes: page })),
  'POST /v1/files/batch': async () => {
    const files = [await sendFile(alice, { ...png, bytes: page })];
    const { results } = await alice.ask<{ results: { error: { code: string } }[] }>(
      'POST',
      '/v1/files/batch',
      { files },
    );
    return { status: 400, ...results[0]?.error };
  },
  'POST /v1/files/:fileId/complete': async () => {
    const { s3Key } = await sendFile(alice, { ...png, bytes: page });
    return alice.refusal('POST', `/v1/files/${idOf(s3Key)}/complete`);
  },
  'PUT /v1/files/:fileId/content': async () => {
    const { id } = await uploadFile(alice, { ...png, bytes: await photo('photo.png') });
    const contents = await sendContents(alice, id, { bytes: page, mimeType: 'image/png' });
    const refusal = await alice.refusal('PUT', `/v1/files/${id}/content`, contents);
    expect((await alice.ask<FileView>('GET', `/v1/files/${id}`)).version).toBe(1);
    return refusal;
  },
  'POST /v1/files/multipart/complete': async () => {
    const init = { filename: 'photo.png', contentType: 'image/png', fileSize: page.length };
    const { key, uploadId } = await alice.ask<{ key: string; uploadId: string }>(
      'POST',
      '/v1/files/multipart/init',
      init,
    );
    const { url } = await alice.ask<{ url: string }>('POST', '/v1/files/multipart/presigned-url', {
      ...{ key, uploadId, partNumber: 1 },
    });
    const etag = (await putBytes(url, page)).headers.get('etag');
    const parts = [{ partNumber: 1, etag }];
    return alice.refusal('POST', '/v1/files/multipart/complete', { key, uploadId, parts });
  },
  'PATCH /v1/users/:userId/avatar': async () => {
    const { url, key } = await alice.ask<{ url: string; key: string }>(
      'POST',
      '/v1/users/alice/avatar/upload-url',
      { filename: 'me.png' },
    );
    expect((await putBytes(url, page, 'image/png')).status).toBe(200);
    return alice.refusal('PATCH', '/v1/users/alice/avatar', { s3Key: key });
  },
};

describe('bytes of another kind than announced', () => {
  it.each(Object.entries(doors))('are refused at %s, with both types', async (_, refused) => {
    expect(await refused()).toMatchObject(mismatch);
  });

  it('are gone with their upload, which is recorded', async () => {
    const registration = await sendFile(alice, { ...png, bytes: page });
    await alice.refusal('POST', '/v1/files', registration);
    expect((await alice.refusal('POST', '/v1/files', registration)).code).toBe('file/upload-not-found');
    const { items } = await tenant.admin.ask<EventsAnswer>('GET', '/v1/events?types=upload.refused');
    const keys = items.map(({ data }) => 'upload' in data && data.upload.key);
    expect(keys).toContain(registration.s3Key);
    const service = inject('service');
    await using bucket = await openBucket({ ...service, dataDir: service.env.BKEND_DATA_DIR ?? '' });
    await eventually(
      'the bytes are gone',
      async () => (await bucket.head(pendingKeyOf(registration.s3Key))) === undefined || undefined,
    );
  });

  it('that register themselves become the event upload.refused, and no file', async () => {
    const { url, key } = await alice.ask<{ url: string; key: string }>('POST', '/v1/files/presigned-url', {
      ...{ filename: 'photo.png', contentType: 'image/png', register: true },
    });
    await putBytes(url, page, 'image/png');
    const refused = await eventually('the upload is refused', async () => {
      const { items } = await tenant.admin.ask<EventsAnswer>('GET', '/v1/events?types=upload.refused');
      return items.find(({ data }) => 'upload' in data && data.upload.key === key);
    });
    expect(refused.data).toMatchObject({ error: { code: 'file/content-mismatch' } });
    expect((await alice.refusal('GET', `/v1/files/${idOf(key)}`)).code).toBe('file/not-found');
  });
});

describe('bytes that are believed', () => {
  it.each([
    ['photo.png', 'image/png'],
    ['photo.jpg', 'image/jpg'],
    ['photo.heic', 'image/heif'],
    ['drawing.svgz', 'image/svg+xml'],
  ])('%s as %s keeps the type that was announced', async (name, mimeType) => {
    const file = await uploadFile(alice, { originalName: name, mimeType, bytes: await photo(name) });
    expect(file.mimeType).toBe(mimeType);
  });

  it('are any of no known kind, and any where the environment does not check', async () => {
    expect((await uploadFile(alice, { ...png, bytes: new Uint8Array(100) })).size).toBe(100);
    await tenant.admin.ask('PATCH', '/v1/environment', { uploads: { checkContent: false } });
    expect((await uploadFile(alice, { ...png, bytes: page })).mimeType).toBe('image/png');
    await tenant.admin.ask('PATCH', '/v1/environment', { uploads: { checkContent: null } });
  });
});
