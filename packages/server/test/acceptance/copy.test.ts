import type { DownloadUrlAnswer, FileView, UsageAnswer } from '@bkend/storage-contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { replaceContents } from '../../../test-support/src/api/contents.ts';
import { completeMultipart, initMultipart, sendPart } from '../../../test-support/src/api/multipart.ts';
import { uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

let tenant: Tenant;
let alice: Client;
let bob: Client;
beforeAll(async () => {
  tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
});

async function readText(client: Client, fileId: string): Promise<string> {
  const { url } = await client.ask<DownloadUrlAnswer>('POST', `/v1/files/${fileId}/download-url`);
  return (await fetch(url)).text();
}

describe('a copy', () => {
  it('is a new file of the caller’s with the same bytes, private unless asked for otherwise', async () => {
    const file = await uploadFile(alice, {
      ...{ visibility: 'shared', sharedWith: ['bob'], folder: 'trips', width: 2, height: 3 },
      metadata: { alt: 'A', custom: { secret: true } },
    });
    const copy = await alice.ask<FileView>('POST', `/v1/files/${file.id}/copy`);
    const { id, s3Key, key, createdAt, updatedAt } = copy;
    expect(copy).toEqual({
      ...file,
      ...{ id, s3Key, key, createdAt, updatedAt },
      ...{ visibility: 'private', sharedWith: [] },
    });
    expect([id, s3Key]).not.toContain(file.id);
    expect(s3Key).not.toBe(file.s3Key);

    const theirs = await bob.send<FileView>('POST', `/v1/files/${file.id}/copy`, {
      ...{ originalName: 'mine.txt', folder: 'copies/2026', visibility: 'public' },
    });
    expect(theirs.status).toBe(201);
    expect(theirs.json).toMatchObject({
      ...{ ownerId: 'bob', originalName: 'mine.txt', folder: 'copies/2026', visibility: 'public' },
      metadata: { alt: 'A' },
    });
    expect(theirs.json.metadata).not.toHaveProperty('custom');
    await alice.ask('DELETE', `/v1/files/${file.id}`);
    expect(await readText(alice, copy.id)).toBe('hello');
    expect(await readText(bob, theirs.json.id)).toBe('hello');
  });

  it('has the newest contents, and is left alone by those that come later', async () => {
    const { id } = await uploadFile(alice);
    await replaceContents(alice, id, { bytes: bytesOf('second') });
    const copy = await alice.ask<FileView>('POST', `/v1/files/${id}/copy`);
    await replaceContents(alice, id, { bytes: bytesOf('third') });
    expect(copy).toMatchObject({ size: 6, version: 1 });
    expect(await readText(alice, copy.id)).toBe('second');
    await replaceContents(alice, copy.id, { bytes: bytesOf('other') });
    expect(await readText(alice, id)).toBe('third');
  });

  it('is made of a file that was uploaded in parts', async () => {
    const upload = await initMultipart(alice, { filename: 'a.txt', contentType: 'text/plain', fileSize: 5 });
    const parts = [await sendPart(alice, upload, { partNumber: 1, bytes: bytesOf('parts') })];
    await completeMultipart(alice, upload, parts);
    const registration = { s3Key: upload.key, originalName: 'a.txt', mimeType: 'text/plain', size: 5 };
    const file = await alice.ask<FileView>('POST', '/v1/files', registration);
    const copy = await alice.ask<FileView>('POST', `/v1/files/${file.id}/copy`);
    expect(await readText(alice, copy.id)).toBe('parts');
  });

  it('is within the limits of the environment and of its owner, and leaves no upload open', async () => {
    const other = await createTenant();
    const carol = await other.user('carol');
    const { id } = await uploadFile(carol, { bytes: bytesOf('12345') });
    const path = `/v1/files/${id}/copy`;
    const set = (settings: object) => other.admin.ask('PATCH', '/v1/environment', settings);
    await set({ 'uploads.maxFileBytes': 4 });
    expect(await carol.refusal('POST', path)).toMatchObject({ code: 'file/file-too-large' });
    await set({ 'uploads.maxFileBytes': null, 'quotas.openUploads': 1 });
    for (let copies = 0; copies < 3; copies += 1) await carol.ask('POST', path);
    await set({ 'quotas.openUploads': 0 });
    expect(await carol.refusal('POST', path)).toMatchObject({ code: 'file/too-many-open-uploads' });
    expect(await carol.ask<UsageAnswer>('GET', '/v1/usage')).toMatchObject({ files: 4, bytes: 20 });
  });

  it.each([
    [{ originalName: '..' }, 'file/invalid-name'],
    [{ folder: '/x' }, 'file/invalid-folder'],
    [{ visibility: 'secret' }, 'common/invalid-parameters'],
  ])('is refused with %j', async (request, code) => {
    const { id } = await uploadFile(alice);
    expect(await alice.refusal('POST', `/v1/files/${id}/copy`, request)).toMatchObject({ code });
  });

  it('is not made of a file in the trash', async () => {
    const { id } = await uploadFile(alice, { visibility: 'public' });
    await alice.ask('DELETE', `/v1/files/${id}?trash=true`);
    for (const client of [alice, bob, tenant.admin]) {
      expect(await client.refusal('POST', `/v1/files/${id}/copy`)).toMatchObject({ code: 'file/not-found' });
    }
  });
});
