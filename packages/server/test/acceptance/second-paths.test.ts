import { randomBytes } from 'node:crypto';
import type {
  BucketsAnswer,
  FileView,
  InitMultipartAnswer,
  PresignPartsAnswer,
  PresignUploadAnswer,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { putBytes, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

/** The paths of the published page that code generators are given: other doors to the same verbs. */

const { apiUrl } = inject('service');
const MiB = 1024 * 1024;
const png = { filename: 'photo.png', contentType: 'image/png' };

let tenant: Tenant;
let alice: Client;
let bob: Client;
beforeAll(async () => {
  tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
});

const presign = (fields: object = {}) =>
  alice.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', { ...png, ...fields });

/** Asks for a URL and sends bytes to it. */
async function sent(fields: object = {}): Promise<PresignUploadAnswer> {
  const upload = await presign(fields);
  expect((await putBytes(upload.url, randomBytes(100), upload.contentType)).status).toBe(200);
  return upload;
}

describe('POST /v1/files/{fileId}/complete', () => {
  it('registers with what was announced, and answers the same file again', async () => {
    const { fileId, key } = await sent({ visibility: 'protected', folder: 'trips', category: 'images' });
    const file = await alice.ask<FileView>('POST', `/v1/files/${fileId}/complete`);
    expect(file).toMatchObject({
      ...{ id: fileId, s3Key: key, originalName: 'photo.png', mimeType: 'image/png', size: 100 },
      ...{ visibility: 'protected', folder: 'trips', category: 'images', bucket: 'files', ownerId: 'alice' },
    });
    expect(await alice.ask('POST', `/v1/files/${fileId}/complete`)).toEqual(file);
    expect(await alice.ask('POST', `/v1/files/${fileId.toUpperCase()}/complete`)).toEqual(file);
    expect(await alice.ask('GET', `/v1/files/${fileId}`)).toEqual(file);
  });

  it.each<[string, RequestInit]>([
    ['no body and no Content-Type', {}],
    [
      'an empty body of a form',
      { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: '' },
    ],
    ['an empty body announced as JSON', { headers: { 'Content-Type': 'application/json' }, body: '' }],
    ['an object', { headers: { 'Content-Type': 'application/json' }, body: '{"size":1}' }],
  ])('takes %s', async (_, { headers, ...request }) => {
    const { fileId } = await sent();
    const response = await fetch(`${apiUrl}/v1/files/${fileId}/complete`, {
      method: 'POST',
      headers: { ...headers, ...alice.headers },
      ...request,
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ id: fileId, size: 100 });
  });

  it('answers concurrent requests with the one file', async () => {
    const { fileId } = await sent();
    const files = await Promise.all(
      Array.from({ length: 8 }, () => alice.ask<FileView>('POST', `/v1/files/${fileId}/complete`)),
    );
    for (const file of files) expect(file).toEqual(files[0]);
  });

  it('a registration that follows is 409, as after any other', async () => {
    const { fileId, key } = await sent();
    await alice.ask('POST', `/v1/files/${fileId}/complete`);
    const body = { s3Key: key, originalName: 'other.png', mimeType: 'image/png', size: 100 };
    expect(await alice.refusal('POST', '/v1/files', body)).toMatchObject({
      code: 'file/s3-key-already-exists',
      details: { fileId },
    });
  });

  it('refuses missing bytes, other callers, and ids of nothing', async () => {
    const { fileId } = await presign();
    const complete = (client: Client, id: string) => client.refusal('POST', `/v1/files/${id}/complete`);
    expect(await complete(alice, fileId)).toMatchObject({ status: 409, code: 'file/upload-incomplete' });
    expect(await complete(bob, fileId)).toMatchObject({ status: 403, code: 'file/access-denied' });
    expect(await complete(tenant.guest, fileId)).toMatchObject({ code: 'common/authentication-required' });
    const stranger = await (await createTenant()).user('alice');
    expect(await complete(stranger, fileId)).toMatchObject({ status: 404, code: 'file/not-found' });
    for (const id of ['undefined', 'none', '00000000-0000-7000-8000-000000000000']) {
      expect(await complete(alice, id)).toMatchObject({ status: 404, code: 'file/not-found' });
    }
    const { id } = await uploadFile(alice);
    expect(await complete(bob, id)).toMatchObject({ status: 403, code: 'file/access-denied' });
  });
});

describe('multipart uploads by their id', () => {
  const initiate = (fields: object = {}) =>
    alice.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/initiate', {
      ...{ filename: 'film.mp4', contentType: 'video/mp4', fileSize: 6 * MiB },
      ...fields,
    });
  const pathOf = (uploadId: string, verb: string) =>
    `/v1/files/multipart/${encodeURIComponent(uploadId)}/${verb}`;

  it.each([false, true])('upload, complete and register; the key named: %s', async (isKeyNamed) => {
    const { uploadId, key, fileId } = await initiate();
    const named = isKeyNamed ? { key } : {};
    const parts = [];
    for (const [partNumber, bytes] of [
      [1, randomBytes(5 * MiB)],
      [2, randomBytes(MiB)],
    ] as const) {
      const part = { partNumber, ...named };
      const { url = '' } = await alice.ask<PresignPartsAnswer>('POST', pathOf(uploadId, 'part-url'), part);
      const put = await putBytes(url, bytes);
      parts.push({ partNumber, etag: put.headers.get('etag') });
    }
    const complete = { parts, ...named };
    const answer = await alice.ask('POST', pathOf(uploadId, 'complete'), complete);
    expect(answer).toEqual({ key, location: expect.stringContaining(key) });
    expect(await alice.ask('POST', pathOf(uploadId, 'complete'), complete)).toEqual(answer);
    const file = await alice.ask<FileView>('POST', `/v1/files/${fileId}/complete`);
    expect(file).toMatchObject({ id: fileId, originalName: 'film.mp4', size: 6 * MiB });
    expect(await alice.ask('POST', pathOf(uploadId, 'complete'), { parts, key })).toEqual(answer);
  });

  it('abort, again and again', async () => {
    const { uploadId, key } = await initiate();
    for (const body of [undefined, {}, { key }]) {
      expect(await alice.ask('POST', pathOf(uploadId, 'abort'), body)).toEqual({ success: true, key });
    }
  });

  it('are refused to other users, in other tenants, and with the key of another', async () => {
    const [own, other] = [await initiate(), await initiate()];
    const stranger = await (await createTenant()).user('alice');
    const asked: readonly (readonly [string, object])[] = [
      ['part-url', { partNumber: 1 }],
      ['complete', { parts: [{ partNumber: 1, etag: '"e"' }] }],
      ['abort', {}],
    ];
    for (const [verb, body] of asked) {
      const path = pathOf(own.uploadId, verb);
      expect(await bob.refusal('POST', path, body)).toMatchObject({ code: 'file/access-denied' });
      expect(await stranger.refusal('POST', path, body)).toMatchObject({ code: 'file/upload-not-found' });
      const ofOther = { ...body, key: other.key };
      expect(await alice.refusal('POST', path, ofOther)).toMatchObject({ code: 'file/upload-not-found' });
    }
  });
});

it('PATCH /v1/files/{fileId}/visibility answers the file with its new visibility', async () => {
  const { id } = await uploadFile(alice);
  const path = `/v1/files/${id}/visibility`;
  const file = await alice.ask<FileView>('PATCH', path, { visibility: 'public' });
  expect(file).toMatchObject({ id, visibility: 'public', url: expect.any(String) });
  expect(await alice.ask('GET', `/v1/files/${id}`)).toEqual(file);
  expect(await bob.refusal('PATCH', path, { visibility: 'private' })).toMatchObject({ status: 403 });
  expect(await alice.refusal('PATCH', path, {})).toMatchObject({ code: 'common/invalid-parameters' });
  const more = { visibility: 'shared', originalName: 'other.txt', sharedWith: ['bob'] };
  const { originalName, sharedWith } = file;
  expect(await alice.ask('PATCH', path, more)).toMatchObject({
    visibility: 'shared',
    originalName,
    sharedWith,
  });
});

it('GET /v1/files/buckets counts the caller’s files, and for admins those of all', async () => {
  const own = await createTenant();
  const [carol, dave] = await Promise.all([own.user('carol'), own.user('dave')]);
  await uploadFile(carol, { bucket: 'images', bytes: randomBytes(10) });
  await uploadFile(carol, { bucket: 'images', bytes: randomBytes(20), visibility: 'public' });
  const { id } = await uploadFile(carol, { bucket: 'media', bytes: randomBytes(5) });
  await carol.ask('DELETE', `/v1/files/${id}?trash=true`);
  await uploadFile(dave, { bytes: randomBytes(7), visibility: 'public' });
  const counts = async (client: Client) => {
    const { items, isExact } = await client.ask<BucketsAnswer>('GET', '/v1/files/buckets');
    expect(isExact).toBe(true);
    expect(items.map(({ name }) => name)).toEqual([
      ...['avatars', 'documents', 'files', 'images', 'media', 'temp'],
    ]);
    return items.filter(({ files }) => files > 0);
  };
  const images = { name: 'images', files: 2, bytes: 30 };
  const files = { name: 'files', files: 1, bytes: 7 };
  expect(await counts(carol)).toEqual([images]);
  expect(await counts(dave)).toEqual([files]);
  expect(await counts(own.admin)).toEqual([files, images]);
  expect(await own.guest.refusal('GET', '/v1/files/buckets')).toMatchObject({ status: 401 });
});
