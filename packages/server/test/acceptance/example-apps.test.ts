import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AvatarAnswer,
  DownloadUrlAnswer,
  FileView,
  ListFilesAnswer,
  PresignAvatarAnswer,
  PresignUploadAnswer,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { putBytes } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant } from '../../../test-support/src/tenant/tenant.ts';

/**
 * The calls of the five published example apps, in our own words: what each sends in which order, and what it reads of the answers.
 * `docs/from-bkend.md` has the table.
 */

const { imagesUrl } = inject('service');
const photo = {
  ...{ name: 'cover.jpg', type: 'image/jpeg' },
  bytes: new Uint8Array(readFileSync(join(import.meta.dirname, '../content/images/photo.jpg'))),
};

let app: Client;
let appWithPolicy: Client;
let policyInForce: Promise<void>;
beforeAll(async () => {
  const [tenant, registering] = await Promise.all([createTenant(), createTenant()]);
  await registering.admin.ask('PATCH', '/v1/environment', {
    uploads: { registerOnUpload: true, defaultVisibility: 'public' },
  });
  // In force everywhere within 5 s.
  policyInForce = sleep(5_000);
  [app, appWithPolicy] = await Promise.all([tenant.user('reader'), registering.user('shopper')]);
});

/** Presigns with the fields that the app sends, and sends the bytes. */
async function sent(client: Client, fields: object): Promise<PresignUploadAnswer> {
  const upload = await client.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
    filename: photo.name,
    contentType: photo.type,
    ...fields,
  });
  expect((await putBytes(upload.url, photo.bytes, photo.type)).status).toBe(200);
  return upload;
}

/** The settings page of the three web apps: a name alone is announced. */
async function setAvatar(client: Client, userId: string): Promise<void> {
  const path = `/v1/users/${userId}/avatar`;
  const { url, key } = await client.ask<PresignAvatarAnswer>('POST', `${path}/upload-url`, {
    filename: photo.name,
  });
  expect((await putBytes(url, photo.bytes, photo.type)).status).toBe(200);
  const { image } = await client.ask<AvatarAnswer>('PATCH', path, { s3Key: key });
  expect((await fetch(image)).status).toBe(200);
  await client.ask('DELETE', path);
}

describe.each(['blog-web', 'recipe-web'])('%s', () => {
  it('uploads, registers, lists, shows for years, edits and deletes', async () => {
    const { key } = await sent(app, {
      fileSize: photo.bytes.length,
      visibility: 'public',
      category: 'images',
    });
    const file = await app.ask<FileView>('POST', '/v1/files', {
      ...{ s3Key: key, originalName: photo.name, mimeType: photo.type, size: photo.bytes.length },
      visibility: 'public',
    });
    const list = await app.ask<ListFilesAnswer>(
      'GET',
      '/v1/files?page=1&limit=20&sortBy=createdAt&sortDirection=desc',
    );
    expect(list.items.map(({ id }) => id)).toContain(file.id);
    const { url, expiresAt } = await app.ask<DownloadUrlAnswer>('POST', `/v1/files/${file.id}/download-url`);
    expect(url).not.toContain('X-Amz-Expires');
    expect(new Date(expiresAt).getFullYear()).toBeGreaterThan(new Date().getFullYear() + 50);
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(`${imagesUrl}/${key}`)).status).toBe(200);
    await app.ask('PATCH', `/v1/files/${file.id}`, { visibility: 'private' });
    expect(await app.ask('DELETE', `/v1/files/${file.id}`)).toEqual({});
  });

  it('sets and removes an avatar', () => setAvatar(app, 'reader'));
});

it.concurrent.each(['shopping-mall-web', 'recipe-app', 'social-network-app'])(
  '%s, with registerOnUpload and a public default visibility, never registers, and its image is at the key',
  async () => {
    await policyInForce;
    const { key } = await sent(appWithPolicy, {});
    await eventually(
      'the image is at its key',
      async () => ((await fetch(`${imagesUrl}/fit-in/400x400/${key}`)).status === 200 ? true : undefined),
      { withinSeconds: 60 },
    );
    expect((await fetch(`${imagesUrl}/${key}`)).status).toBe(200);
  },
);

it('shopping-mall-web sets and removes an avatar', () => setAvatar(appWithPolicy, 'shopper'));
