import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  FileView,
  InitMultipartAnswer,
  PresignUploadAnswer,
  PresignUploadsAnswer,
} from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { completeMultipart, sendPart } from '../../../test-support/src/api/multipart.ts';
import { putBytes, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { eventually } from '../../../test-support/src/process/eventually.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const { imagesUrl } = inject('service');
const png = { filename: 'photo.png', contentType: 'image/png' };

let tenant: Tenant;
let alice: Client;
let bob: Client;
beforeAll(async () => {
  tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
});

/** Asks for a URL and sends 100 bytes to it; then the client is gone. */
async function sent(client: Client, fields: object = {}): Promise<PresignUploadAnswer> {
  const upload = await client.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', {
    ...png,
    ...fields,
  });
  expect((await putBytes(upload.url, randomBytes(100), upload.contentType)).status).toBe(200);
  return upload;
}

/** The file, once it is there; contract: at once on the embedded store, within 60 s on any other. */
function come(client: Client, { fileId }: { readonly fileId: string }): Promise<FileView> {
  return eventually(
    'the file is registered',
    async () => {
      const { status, json } = await client.send<FileView>('GET', `/v1/files/${fileId}`);
      return status === 200 ? json : undefined;
    },
    { withinSeconds: 60 },
  );
}

describe('an upload with register: true', () => {
  it('becomes a file although its client sends nothing after the last byte, with all that was announced', async () => {
    const upload = await sent(alice, {
      ...{ register: true, visibility: 'shared', folder: 'trips', sharedWith: ['bob', 'bob'] },
      metadata: { tags: ['sea'], custom: { a: 1 } },
    });
    const file = await come(alice, upload);
    expect(file).toMatchObject({
      ...{
        id: upload.fileId,
        s3Key: upload.key,
        originalName: 'photo.png',
        mimeType: 'image/png',
        size: 100,
      },
      ...{ visibility: 'shared', folder: 'trips', sharedWith: ['bob'], ownerId: 'alice', ownerType: 'user' },
      metadata: { tags: ['sea'], custom: { a: 1 } },
    });
    expect(await bob.ask('GET', `/v1/files/${file.id}`)).toMatchObject({ id: file.id });
    expect(await alice.ask('POST', `/v1/files/${file.id}/complete`)).toEqual(file);
  });

  it('takes the first registration of its client, and refuses those that follow', async () => {
    const upload = await sent(alice, { register: true, visibility: 'public', metadata: { alt: 'A sea' } });
    await come(alice, upload);
    const body = { s3Key: upload.key, originalName: 'sea.png', mimeType: 'image/png', size: 100 };
    const byHand = { ...body, width: 4, height: 3, bucket: 'images', metadata: { description: 'The sea' } };
    for (const [change, code] of [
      [{ size: 99 }, 'file/size-mismatch'],
      [{ mimeType: 'image/gif' }, 'file/invalid-format'],
    ] as const) {
      expect(await alice.refusal('POST', '/v1/files', { ...body, ...change })).toMatchObject({ code });
    }
    expect(await bob.refusal('POST', '/v1/files', body)).toMatchObject({
      code: 'file/s3-key-already-exists',
    });
    const registered = await alice.send<FileView>('POST', '/v1/files', byHand);
    expect(registered.status).toBe(201);
    expect(registered.json).toMatchObject({
      ...{ id: upload.fileId, originalName: 'sea.png', width: 4, height: 3, bucket: 'images' },
      ...{ visibility: 'public', metadata: { description: 'The sea' } },
    });
    expect(await alice.ask('GET', `/v1/files/${upload.fileId}`)).toEqual(registered.json);
    expect(await alice.refusal('POST', '/v1/files', byHand)).toMatchObject({
      code: 'file/s3-key-already-exists',
      details: { fileId: upload.fileId },
    });
  });

  it('by parts becomes a file once its parts are joined', async () => {
    const upload = await alice.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
      ...{ filename: 'film.mp4', contentType: 'video/mp4', fileSize: 1_000, register: true },
    });
    const part = await sendPart(alice, upload, { partNumber: 1, bytes: randomBytes(1_000) });
    expect((await completeMultipart(alice, upload, [part])).status).toBe(200);
    expect(await come(alice, upload)).toMatchObject({ originalName: 'film.mp4', size: 1_000 });
    expect((await completeMultipart(alice, upload, [part])).status).toBe(200);
  });

  it('is one of many in a batch', async () => {
    const { uploads } = await alice.ask<PresignUploadsAnswer>('POST', '/v1/files/presigned-urls', {
      files: [{ ...png, register: true }, png],
    });
    const [itself, other] = uploads as [PresignUploadAnswer, PresignUploadAnswer];
    for (const { url } of [itself, other]) await putBytes(url, randomBytes(10), 'image/png');
    await come(alice, itself);
    expect(await alice.refusal('GET', `/v1/files/${other.fileId}`)).toMatchObject({ status: 404 });
  });

  it('is refused with metadata or users that a registration would refuse', async () => {
    for (const fields of [{ sharedWith: ['.'] }, { metadata: { custom: { a: 'x'.repeat(20_000) } } }]) {
      const refusal = await alice.refusal('POST', '/v1/files/presigned-url', {
        ...png,
        register: true,
        ...fields,
      });
      expect(refusal.code).toBe('common/invalid-parameters');
    }
  });
});

describe('an environment that registers on upload', () => {
  let own: Tenant;
  let carol: Client;
  beforeAll(async () => {
    own = await createTenant();
    carol = await own.user('carol');
    const uploads = { registerOnUpload: true, minFileBytes: 50 };
    await own.admin.ask('PATCH', '/v1/environment', { uploads });
    // In force everywhere within 5 s.
    await sleep(5_000);
  });

  it('serves the images of an app that never registers', async () => {
    const upload = await sent(carol, { visibility: 'public' });
    await come(carol, upload);
    const image = await fetch(`${imagesUrl}/${upload.key}`);
    expect(image.status).toBe(200);
  });

  it('purges bytes that it would refuse, and leaves to the client what says so', async () => {
    const small = await carol.ask<PresignUploadAnswer>('POST', '/v1/files/presigned-url', png);
    await putBytes(small.url, randomBytes(10), 'image/png');
    const silent = await sent(carol, { register: false });
    await eventually('the upload is refused', async () => {
      const { code } = await carol.refusal('POST', `/v1/files/${small.fileId}/complete`);
      return code === 'file/not-found' ? code : undefined;
    });
    expect(await carol.refusal('GET', `/v1/files/${silent.fileId}`)).toMatchObject({ status: 404 });
  });

  it('leaves new contents and copies alone', async () => {
    const file = await uploadFile(carol, { bytes: randomBytes(60) });
    const copy = await carol.ask<FileView>('POST', `/v1/files/${file.id}/copy`, {});
    expect(copy.etag).toBe(file.etag);
    const contents = await carol.ask<PresignUploadAnswer>(
      'POST',
      `/v1/files/${file.id}/content/presigned-url`,
      { contentType: 'text/plain' },
    );
    await putBytes(contents.url, randomBytes(70), 'text/plain');
    await sleep(3_000);
    expect(await carol.ask('GET', `/v1/files/${file.id}`)).toEqual(file);
  });
});
