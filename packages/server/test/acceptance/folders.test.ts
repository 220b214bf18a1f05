import type { FileView, InitMultipartAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let alice: Client;

beforeAll(async () => {
  tenant = await createTenant();
  alice = await tenant.user('alice');
});

const invalidFolders: [string, string][] = [
  ['a slash in front', '/trips'],
  ['a slash behind', 'trips/'],
  ['two slashes together', 'trips//2026'],
  ['a folder above', 'trips/../other'],
  ['the folder itself', './trips'],
  ['a backslash', 'trips\\2026'],
  ['a control character', 'trips\n'],
  ['a NUL', 'a\0b'],
  ['a character that reverses text', 'a\u202eb'],
  ['a name of blanks', 'trips/ /2026'],
  ['half a character', 'a\ud800'],
  ['513 bytes', 'x'.repeat(255).concat('/', 'y'.repeat(255), '/z')],
  ['a name of 256 bytes', 'x'.repeat(256)],
  ['33 folders', Array.from({ length: 33 }, () => 'a').join('/')],
];

describe('a file', () => {
  it('lies in the folder that its registration names, and in the root without one', async () => {
    const [inFolder, inRoot] = await Promise.all([
      uploadFile(alice, { folder: 'trips/2026' }),
      uploadFile(alice),
    ]);
    expect(inFolder).toMatchObject({ folder: 'trips/2026', version: 1 });
    expect(inRoot.folder).toBe('');
    expect(await alice.ask('GET', `/v1/files/${inFolder.id}`)).toEqual(inFolder);
  });

  it('lies in the folder that it was announced for, unless its registration names another', async () => {
    for (const [asked, expected] of [
      [{}, 'announced'],
      [{ folder: 'other' }, 'other'],
      [{ folder: '' }, ''],
    ] as const) {
      const { folder: _, ...registration } = await sendFile(alice, { folder: 'announced' });
      const file = await alice.ask<FileView>('POST', '/v1/files', { ...registration, ...asked });
      expect(file.folder).toBe(expected);
    }
  });

  it('that is uploaded in parts lies in the folder that it was announced for', async () => {
    const begun = await alice.ask<InitMultipartAnswer>('POST', '/v1/files/multipart/init', {
      ...{ filename: 'a.txt', contentType: 'text/plain', fileSize: 5, folder: 'parts' },
    });
    const { key, uploadId } = begun;
    const part = await alice.ask<{ url: string }>('POST', '/v1/files/multipart/presigned-url', {
      ...{ key, uploadId, partNumber: 1 },
    });
    const put = await fetch(part.url, { method: 'PUT', body: 'hello' });
    const parts = [{ partNumber: 1, etag: put.headers.get('etag') }];
    await alice.ask('POST', '/v1/files/multipart/complete', { key, uploadId, parts });
    const registration = { s3Key: key, originalName: 'a.txt', mimeType: 'text/plain', size: 5 };
    expect(await alice.ask('POST', '/v1/files', registration)).toMatchObject({ folder: 'parts' });
  });

  it('moves, without another change', async () => {
    const file = await uploadFile(alice, { folder: 'from' });
    const moved = await alice.ask('PATCH', `/v1/files/${file.id}`, { folder: 'to/사진 😀' });
    expect(moved).toEqual({ ...file, folder: 'to/사진 😀', updatedAt: expect.any(String) });
    expect(await alice.ask('PATCH', `/v1/files/${file.id}`, { folder: '' })).toMatchObject({ folder: '' });
  });

  it('changes its category where its type allows it', async () => {
    const file = await uploadFile(alice);
    const path = `/v1/files/${file.id}`;
    expect(await alice.ask('PATCH', path, { category: 'exports' })).toMatchObject({ category: 'exports' });
    expect(await alice.refusal('PATCH', path, { category: 'images' })).toMatchObject({
      status: 400,
      code: 'file/invalid-format',
    });
  });

  it('lies in a folder of 512 bytes or of 32 names', async () => {
    for (const folder of [`${'x'.repeat(255)}/${'y'.repeat(253)}/zz`, `${'a/'.repeat(31)}a`]) {
      expect((await uploadFile(alice, { folder })).folder).toBe(folder);
    }
  });

  it.each(invalidFolders)('is refused a folder with %s, wherever it is named', async (_, folder) => {
    const file = await uploadFile(alice);
    const registration = await sendFile(alice);
    const announced = { filename: 'a.txt', contentType: 'text/plain', fileSize: 5, folder };
    for (const [method, path, body] of [
      ['POST', '/v1/files/presigned-url', announced],
      ['POST', '/v1/files/multipart/init', announced],
      ['POST', '/v1/files', { ...registration, folder }],
      ['PATCH', `/v1/files/${file.id}`, { folder }],
    ] as const) {
      expect([path, await alice.refusal(method, path, body)]).toMatchObject([
        path,
        { status: 400, code: 'file/invalid-folder' },
      ]);
    }
    expect(await alice.ask('GET', `/v1/files/${file.id}`)).toEqual(file);
  });

  it('says who may change it, in every answer', async () => {
    const file = await uploadFile(alice, { folder: 'open', visibility: 'public' });
    const all = { canUpdate: true, canDelete: true, canShare: true };
    const none = { canUpdate: false, canDelete: false, canShare: false };
    expect(file.permissions).toEqual(all);
    const bob = await tenant.user('bob');
    for (const [caller, permissions] of [
      [alice, all],
      [tenant.admin, all],
      [bob, none],
      [tenant.guest, none],
    ] as const) {
      const seen = await caller.ask('GET', `/v1/files/${file.id}`);
      expect(seen).toMatchObject({ folder: 'open', permissions });
    }
  });
});
