import { defaultLimits, type FileView } from '@bkend/storage-contract';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type { Client } from '../../../test-support/src/api/client.ts';
import { sendFile, uploadFile } from '../../../test-support/src/api/uploads.ts';
import { createTenant, type Tenant } from '../../../test-support/src/tenant/tenant.ts';

let tenant: Tenant;
let alice: Client;
let bob: Client;

beforeAll(async () => {
  tenant = await createTenant();
  [alice, bob] = await Promise.all([tenant.user('alice'), tenant.user('bob')]);
});

describe('registering', () => {
  it('answers with the whole file', async () => {
    const metadata = {
      category: 'profile',
      tags: ['avatar', '사용자'],
      description: 'A face',
      alt: 'face',
      relatedEntityId: 'post-1',
      custom: { exif: { iso: 100 }, list: [1, null, 'x'] },
    };
    const registration = await sendFile(alice, {
      originalName: '얼굴 사진.png',
      mimeType: 'image/png',
      visibility: 'public',
      width: 640,
      height: 480,
      bucket: 'avatars',
      sharedWith: ['carol', 'bob', 'carol'],
      metadata,
    });
    const answer = await alice.send<FileView>('POST', '/v1/files', registration);
    expect(answer.status).toBe(201);
    const { json: file } = answer;
    expect(file).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      s3Key: registration.s3Key,
      key: registration.s3Key,
      originalName: '얼굴 사진.png',
      mimeType: 'image/png',
      size: 5,
      width: 640,
      height: 480,
      visibility: 'public',
      ownerId: 'alice',
      ownerType: 'user',
      bucket: 'avatars',
      category: 'images',
      folder: '',
      version: 1,
      permissions: { canUpdate: true, canDelete: true, canShare: true },
      metadata,
      sharedWith: ['bob', 'carol'],
      etag: '5f547ad1af07dfe63d1c7dc1a6e0a68e',
      url: `${inject('service').imagesUrl}/${registration.s3Key}`,
      createdAt: expect.any(String),
      updatedAt: file.createdAt,
    });
    expect(await alice.ask('GET', `/v1/files/${file.id}`)).toEqual(file);
  });

  it('keeps what was asked for at presign time, and lets the registration say otherwise', async () => {
    const asked = await sendFile(alice, { visibility: 'protected', category: 'exports' });
    const kept = await alice.ask<FileView>('POST', '/v1/files', {
      ...asked,
      visibility: undefined,
      category: undefined,
    });
    expect(kept).toMatchObject({ visibility: 'protected', category: 'exports', bucket: 'files' });

    const other = await sendFile(alice, { visibility: 'protected', category: 'exports' });
    const changed = { ...other, visibility: 'public', category: 'backups' };
    expect(await alice.ask<FileView>('POST', '/v1/files', changed)).toMatchObject({
      visibility: 'public',
      category: 'backups',
    });
  });

  it('makes files private by default', async () => {
    const file = await uploadFile(alice);
    expect(file.visibility).toBe('private');
    expect(file).not.toHaveProperty('url');
  });

  it.each<[string, object, string, number]>([
    ['a path for a name', { originalName: 'a/b' }, 'file/invalid-name', 400],
    ['256 bytes of name', { originalName: 'x'.repeat(256) }, 'file/original-name-too-long', 400],
    ['no type', { mimeType: 'text' }, 'file/invalid-format', 400],
    ['another type than was sent', { mimeType: 'text/html' }, 'file/invalid-format', 400],
    ['128 bytes of type', { mimeType: `a/${'x'.repeat(126)}` }, 'file/mime-type-too-long', 400],
    ['a category that does not take the type', { category: 'images' }, 'file/invalid-format', 400],
    ['a negative size', { size: -1 }, 'file/size-negative', 400],
    ['no bytes', { size: 0 }, 'file/file-too-small', 400],
    ['more than 5 TiB', { size: 5 * 1024 ** 4 + 1 }, 'file/file-too-large', 400],
    ['another size than was sent', { size: 6 }, 'file/size-mismatch', 400],
    ['an invented key', { s3Key: 'files/a1b2c3d4/profile.jpg' }, 'file/invalid-path', 400],
    ['a key that climbs', { s3Key: '../../secrets.json' }, 'file/invalid-path', 400],
    ['a key of 1,025 bytes', { s3Key: 'k'.repeat(1_025) }, 'file/s3-key-too-long', 400],
    ['an unknown bucket', { bucket: 'attic' }, 'common/invalid-parameters', 400],
    ['an unknown metadata field', { metadata: { colour: 'red' } }, 'common/invalid-parameters', 400],
    ['tags that are no list', { metadata: { tags: 'a,b' } }, 'common/invalid-parameters', 400],
    [
      '51 tags',
      { metadata: { tags: Array.from({ length: 51 }, (_, index) => `${index}`) } },
      'common/invalid-parameters',
      400,
    ],
    ['a tag of 65 characters', { metadata: { tags: ['x'.repeat(65)] } }, 'common/invalid-parameters', 400],
    ['over 16 KiB of metadata', { metadata: { alt: 'x'.repeat(16_384) } }, 'common/invalid-parameters', 400],
    ['a NUL in metadata', { metadata: { custom: { a: '\0' } } }, 'common/invalid-parameters', 400],
    ['half a surrogate pair in metadata', { metadata: { alt: '\ud800' } }, 'common/invalid-parameters', 400],
    ['a width of 0', { width: 0 }, 'common/invalid-parameters', 400],
    ['half a pixel', { height: 1.5 }, 'common/invalid-parameters', 400],
    [
      'too many shares',
      { sharedWith: Array.from({ length: 1_001 }, (_, index) => `${index}`) },
      'common/invalid-parameters',
      400,
    ],
    ['an empty share', { sharedWith: [''] }, 'common/invalid-parameters', 400],
    ['another owner', { ownerId: 'bob' }, 'file/access-denied', 403],
    ['another kind of owner', { ownerType: 'service' }, 'file/access-denied', 403],
    ['no key', { s3Key: undefined }, 'common/invalid-parameters', 400],
  ])('is refused for %s', async (_, fields, code, status) => {
    const registration = await sendFile(alice);
    const refusal = await alice.refusal('POST', '/v1/files', { ...registration, ...fields });
    expect(refusal).toMatchObject({ status, code });
    // A refused registration can be corrected: the upload is still there.
    await alice.ask('POST', '/v1/files', registration);
  });

  it('says both sizes when they differ', async () => {
    const registration = await sendFile(alice);
    const refusal = await alice.refusal('POST', '/v1/files', { ...registration, size: 6 });
    expect(refusal.details).toEqual({ size: 6, storedSize: 5 });
  });

  it('is refused before the bytes are there', async () => {
    const { key } = await alice.ask<{ key: string }>('POST', '/v1/files/presigned-url', {
      filename: 'notes.txt',
      contentType: 'text/plain',
    });
    const registration = { s3Key: key, originalName: 'notes.txt', mimeType: 'text/plain', size: 5 };
    expect(await alice.refusal('POST', '/v1/files', registration)).toMatchObject({
      status: 409,
      code: 'file/upload-incomplete',
    });
    expect(await bob.refusal('POST', '/v1/files', registration)).toMatchObject({
      status: 403,
      code: 'file/access-denied',
    });
  });

  it('is refused for a key in our form that was never promised', async () => {
    const registration = await sendFile(alice);
    const s3Key = registration.s3Key.replace(/[0-9a-f]{12}\.txt$/, '000000000000.txt');
    expect(await alice.refusal('POST', '/v1/files', { ...registration, s3Key })).toMatchObject({
      status: 404,
      code: 'file/upload-not-found',
    });
  });

  it('happens once; the owner learns the id of the file that is there, others do not', async () => {
    const registration = await sendFile(alice);
    const file = await alice.ask<FileView>('POST', '/v1/files', registration);
    for (const changes of [{}, { size: 6 }, { mimeType: 'text/html' }]) {
      expect(await alice.refusal('POST', '/v1/files', { ...registration, ...changes })).toMatchObject({
        status: 409,
        code: 'file/s3-key-already-exists',
        details: { fileId: file.id },
      });
    }
    const refusal = await bob.refusal('POST', '/v1/files', registration);
    expect(refusal).toMatchObject({ status: 409, code: 'file/s3-key-already-exists', details: {} });
  });

  it('happens once also when asked for many times at the same moment', async () => {
    const registration = await sendFile(alice);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => alice.send('POST', '/v1/files', registration)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
  });

  it('is for the one who asked for the key, and for admins', async () => {
    const registration = await sendFile(alice);
    expect(await bob.refusal('POST', '/v1/files', registration)).toMatchObject({
      status: 403,
      code: 'file/access-denied',
    });
    expect(await tenant.guest.refusal('POST', '/v1/files', registration)).toMatchObject({
      status: 401,
      code: 'common/authentication-required',
    });
    const file = await tenant.admin.ask<FileView>('POST', '/v1/files', registration);
    expect(file).toMatchObject({ ownerId: 'alice', ownerType: 'user' });
  });

  it('lets an admin say whose the file is', async () => {
    const file = await uploadFile(tenant.admin, { ownerId: 'carol' });
    expect(file).toMatchObject({ ownerId: 'carol', ownerType: 'user' });
    const session = await uploadFile(tenant.admin, { ownerId: 's-1', ownerType: 'session' });
    expect(session).toMatchObject({ ownerId: 's-1', ownerType: 'session' });
    const carol = await tenant.user('carol');
    expect(await carol.ask('GET', `/v1/files/${file.id}`)).toMatchObject({ ownerId: 'carol' });
  });

  it.each(['a\0b', '\ud800'])('does not take %j for an owner, from an admin either', async (ownerId) => {
    const registration = await sendFile(tenant.admin);
    expect(await tenant.admin.refusal('POST', '/v1/files', { ...registration, ownerId })).toMatchObject({
      status: 400,
      code: 'common/invalid-parameters',
    });
  });

  it('gives a secret key’s files to the key, or to the user whose token comes along', async () => {
    expect(await uploadFile(tenant.admin)).toMatchObject({
      ownerId: tenant.secret.id,
      ownerType: 'service',
    });
    const forDave = await tenant.adminFor('dave');
    expect(await uploadFile(forDave)).toMatchObject({ ownerId: 'dave', ownerType: 'user' });
  });

  it('takes the limits themselves', async () => {
    const file = await uploadFile(alice, {
      originalName: 'x'.repeat(defaultLimits.maxNameBytes),
      sharedWith: Array.from({ length: defaultLimits.maxSharedWith }, (_, index) => `user-${index}`),
      metadata: {
        tags: Array.from({ length: defaultLimits.maxTags }, (_, index) => `${index}`.padStart(64, 'x')),
      },
    });
    expect(file.sharedWith).toHaveLength(1_000);
    expect(file.metadata.tags).toHaveLength(50);
  });

  it.each([
    '보고서.pdf',
    '보고서.pdf'.normalize('NFD'),
    '👨‍👩‍👧‍👦.heic',
    'a\u0301\u0302.txt',
    'ملف.pdf',
    '100%_\\u0000 "quoted"; name.txt'.replace('\\', ''),
  ])('keeps the name %j as it was given', async (originalName) => {
    const { id } = await uploadFile(alice, { originalName });
    expect((await alice.ask<FileView>('GET', `/v1/files/${id}`)).originalName).toBe(originalName);
  });
});
