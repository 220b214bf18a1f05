import { defaultLimits } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import { ownerFor } from '../files/access.ts';
import type { Admin, User } from '../identity/caller.ts';
import { settingsInForce } from '../projects/environment-settings.ts';
import { planUpload } from './plan-upload.ts';
import { requireOpenUpload, type Upload } from './upload.ts';

const noon = new Date('2026-05-01T12:00:00.000Z');
const deps = {
  clock: () => noon,
  newId: () => '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000',
  limits: defaultLimits,
};
const alice: User = { kind: 'user', userId: 'alice', tenant: 'acme/dev', keyId: 'key-1', scopes: [] };
const secretKey: Admin = { kind: 'admin', tenant: 'acme/dev', keyId: 'key-2', scopes: [] };

const plan = (request: object, caller: User | Admin = alice) =>
  planUpload(deps, caller, {
    request: { filename: 'photo.png', contentType: 'image/png', ...request },
    way: 'single',
    settings: settingsInForce({ 'uploads.maxFileBytes': 100 }, { limits: defaultLimits, corsOrigins: '*' }),
  });

describe('planUpload', () => {
  it('makes a private upload of the caller’s own, for a day', () => {
    expect(plan({ fileSize: 7 })).toEqual({
      tenant: 'acme/dev',
      ownerId: 'alice',
      ownerType: 'user',
      key: 'acme/dev/images/2026/05/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000.png',
      originalName: 'photo.png',
      contentType: 'image/png',
      sizeBytes: 7,
      folder: '',
      visibility: 'private',
      category: 'images',
      aborted: false,
      isPending: false,
      createdAt: noon,
      expiresAt: new Date('2026-05-02T12:00:00.000Z'),
    });
  });

  it.each<[object, string]>([
    [{ filename: '' }, 'file/invalid-name'],
    [{ filename: 'x'.repeat(256) }, 'file/original-name-too-long'],
    [{ contentType: 'png' }, 'file/invalid-format'],
    [{ contentType: `image/${'x'.repeat(127)}` }, 'file/mime-type-too-long'],
    [{ contentType: 'image/png', category: 'media' }, 'file/invalid-format'],
    [{ fileSize: -1 }, 'file/size-negative'],
    [{ fileSize: 0 }, 'file/file-too-small'],
    [{ fileSize: 101 }, 'file/file-too-large'],
  ])('refuses %j as %s', (request, code) => {
    expect(() => plan(request)).toThrow(expect.objectContaining({ code }));
  });

  it('gives a secret key’s uploads to the key, and to the user where there is a token', () => {
    expect(ownerFor(secretKey)).toEqual({ ownerId: 'key-2', ownerType: 'service' });
    expect(ownerFor({ ...secretKey, userId: 'bob' })).toEqual({ ownerId: 'bob', ownerType: 'user' });
  });
});

describe('requireOpenUpload', () => {
  const upload: Upload = plan({ fileSize: 7 });
  const refusal = (caller: User | Admin, found: Upload | undefined, at = noon) => {
    try {
      requireOpenUpload(caller, found, at);
      return undefined;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it('lets the owner and admins go on', () => {
    expect(refusal(alice, upload)).toBeUndefined();
    expect(refusal(secretKey, upload)).toBeUndefined();
  });

  it('refuses what is unknown, aborted, or at its end', () => {
    expect(refusal(alice, undefined)).toBe('file/upload-not-found');
    expect(refusal(alice, { ...upload, aborted: true })).toBe('file/upload-not-found');
    expect(refusal(alice, upload, new Date(upload.expiresAt.getTime() - 1))).toBeUndefined();
    expect(refusal(alice, upload, upload.expiresAt)).toBe('file/upload-not-found');
  });

  it('answers other users that it is not theirs, and nothing else', () => {
    expect(refusal({ ...alice, userId: 'bob' }, upload)).toBe('file/access-denied');
    expect(refusal({ ...alice, userId: 'bob' }, { ...upload, aborted: true })).toBe('file/access-denied');
  });
});
