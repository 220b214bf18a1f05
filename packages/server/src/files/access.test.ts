import { ownerTypes, type Visibility } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import {
  type AccessCaller,
  accessCells,
  fieldsOf,
  fullMetadata,
} from '../../../test-support/src/access/access-table.ts';
import type { Caller } from '../identity/caller.ts';
import { canManage, canRead, requireManageable, requireReadable } from './access.ts';
import type { File } from './file.ts';
import { viewFile } from './view-file.ts';

const base = { tenant: 'acme/dev', keyId: 'key-1', scopes: [] } as const;
const callers: Record<AccessCaller, Caller> = {
  owner: { ...base, kind: 'user', userId: 'alice' },
  admin: { ...base, kind: 'admin' },
  'another user': { ...base, kind: 'user', userId: 'carol' },
  'named user': { ...base, kind: 'user', userId: 'bob' },
  guest: { ...base, kind: 'guest' },
};

function fileOf(visibility: Visibility, fields: Partial<File> = {}): File {
  return {
    id: '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000',
    tenant: 'acme/dev',
    key: 'acme/dev/images/2026/01/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000.png',
    objectKey: 'acme/dev/images/2026/01/0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000.png~1',
    sortName: '',
    folder: '',
    version: 1,
    versionId: '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000',
    originalName: 'photo.png',
    mimeType: 'image/png',
    sizeBytes: 7,
    width: 3,
    height: 2,
    visibility,
    ownerId: 'alice',
    ownerType: 'user',
    bucket: 'avatars',
    category: 'images',
    metadata: fullMetadata,
    sharedWith: ['bob'],
    etag: 'abc',
    createdAt: new Date('2026-01-31T00:00:00Z'),
    updatedAt: new Date('2026-02-01T00:00:00Z'),
    ...fields,
  };
}

describe('who sees what', () => {
  it('has a cell for every visibility and caller', () => {
    expect(accessCells).toHaveLength(20);
  });

  it.each(accessCells)('a %s file shows to %s: %s', (visibility, name, answer) => {
    const caller = callers[name];
    const file = fileOf(visibility);
    expect(canRead(caller, file)).toBe(answer !== '403');
    expect(canManage(caller, file)).toBe(answer === 'all fields');

    if (answer === '403') {
      expect(() => requireReadable(caller, file)).toThrow(
        expect.objectContaining({ code: 'file/access-denied' }),
      );
      return;
    }
    const view = viewFile({ imageUrl: (key) => `http://images/${key}` }, caller, file);
    const fields = fieldsOf(visibility, answer);
    expect(Object.keys(view).sort()).toEqual(fields.file);
    expect(Object.keys(view.metadata).sort()).toEqual(fields.metadata);
  });

  it.each(accessCells)(
    'managing a %s file as %s (%s) is for owners and admins',
    (visibility, name, answer) => {
      const caller = callers[name];
      const manage = () => requireManageable(caller, fileOf(visibility));
      if (answer === 'all fields') expect(manage).not.toThrow();
      else expect(manage).toThrow(expect.objectContaining({ code: 'file/access-denied' }));
    },
  );

  it.each(Object.entries(callers))('across tenants there is no file at all, not for %s', (_, caller) => {
    for (const visibility of ['private', 'protected', 'shared', 'public'] as const) {
      const foreign = fileOf(visibility, { tenant: 'acme/prod' });
      expect(canRead(caller, foreign)).toBe(false);
      expect(canManage(caller, foreign)).toBe(false);
      for (const require of [requireReadable, requireManageable]) {
        expect(() => require(caller, foreign)).toThrow(expect.objectContaining({ code: 'file/not-found' }));
      }
    }
  });

  it('an unknown file is not found', () => {
    for (const require of [requireReadable, requireManageable]) {
      expect(() => require(base as unknown as Caller, undefined)).toThrow(
        expect.objectContaining({ code: 'file/not-found' }),
      );
    }
  });

  it('a secret key with a user’s token is an admin everywhere, not that user alone', () => {
    const caller: Caller = { ...base, kind: 'admin', userId: 'dave' };
    expect(canManage(caller, fileOf('private'))).toBe(true);
  });

  it.each(ownerTypes)(
    'a user of the id of an owner of type %s is that owner only when the type is user',
    (ownerType) => {
      const caller: Caller = { ...base, kind: 'user', userId: 'alice' };
      const isOwner = ownerType === 'user';
      expect(canManage(caller, fileOf('private', { ownerType }))).toBe(isOwner);
      expect(canManage(caller, fileOf('public', { ownerType }))).toBe(isOwner);
      expect(canRead(caller, fileOf('private', { ownerType }))).toBe(isOwner);
      expect(canRead(caller, fileOf('shared', { ownerType, sharedWith: ['alice'] }))).toBe(true);
      expect(
        Object.hasOwn(viewFile({ imageUrl: String }, caller, fileOf('public', { ownerType })), 'ownerId'),
      ).toBe(isOwner);
    },
  );
});
