import { ownerTypes, type Visibility } from '@bkend/storage-contract';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../identity/caller.ts';
import { canManage, canRead, requireManageable, requireReadable } from './access.ts';
import type { File } from './file.ts';
import { viewFile } from './view-file.ts';

/** The contract's section 5, word for word. */
const table = `
| visibility  | owner      | admin      | another user  | named user    | guest         |
| private     | all fields | all fields | 403           | 403           | 403           |
| protected   | all fields | all fields | public fields | public fields | 403           |
| shared      | all fields | all fields | 403           | public fields | 403           |
| public      | all fields | all fields | public fields | public fields | public fields |
`;

const base = { tenant: 'acme/dev', keyId: 'key-1', scopes: [] } as const;
const callers: Record<string, Caller> = {
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
    metadata: {
      category: 'profile',
      tags: ['a'],
      description: 'd',
      alt: 'x',
      relatedEntityId: 'post-1',
      custom: { secret: true },
    },
    sharedWith: ['bob'],
    etag: 'abc',
    createdAt: new Date('2026-01-31T00:00:00Z'),
    updatedAt: new Date('2026-02-01T00:00:00Z'),
    ...fields,
  };
}

const rows = table
  .trim()
  .split('\n')
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const [head = [], ...body] = rows;
const cells = body.flatMap(([visibility, ...answers]) =>
  // The rows of the table begin with the four visibilities.
  answers.map((answer, column) => [visibility as Visibility, head[column + 1] ?? '', answer] as const),
);

const publicFields = [
  ...['category', 'createdAt', 'etag', 'height', 'id', 'key', 'metadata', 'mimeType', 'originalName'],
  ...['s3Key', 'size', 'updatedAt', 'visibility', 'width'],
];
const ownFields = ['bucket', 'ownerId', 'ownerType', 'sharedWith'];

describe('who sees what', () => {
  it('has a cell for every visibility and caller', () => {
    expect(cells).toHaveLength(20);
  });

  it.each(cells)('a %s file shows to %s: %s', (visibility, name, answer) => {
    const caller = callers[name] ?? expect.fail(`no such caller: ${name}`);
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
    const all = answer === 'all fields';
    const url = visibility === 'public' ? ['url'] : [];
    expect(Object.keys(view).sort()).toEqual([...publicFields, ...url, ...(all ? ownFields : [])].sort());
    expect(Object.keys(view.metadata).sort()).toEqual(
      ['alt', 'category', 'description', 'tags', ...(all ? ['custom', 'relatedEntityId'] : [])].sort(),
    );
  });

  it.each(cells)('managing a %s file as %s (%s) is for owners and admins', (visibility, name, answer) => {
    const caller = callers[name] ?? expect.fail(`no such caller: ${name}`);
    const manage = () => requireManageable(caller, fileOf(visibility));
    if (answer === 'all fields') expect(manage).not.toThrow();
    else expect(manage).toThrow(expect.objectContaining({ code: 'file/access-denied' }));
  });

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
