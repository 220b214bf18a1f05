import { buckets, categories, ownerTypes, sortFields, visibilities } from '@bkend/storage-contract';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/support/postgres.ts';
import { insertFile } from '../../test/support/register-upload.ts';
import {
  admin,
  guest,
  later,
  newTenant,
  newUpload,
  noon,
  registrationOf,
  user,
} from '../../test/support/samples.ts';
import { canRead } from '../files/access.ts';
import type { File } from '../files/file.ts';
import type {
  FileFilter,
  FileOrder,
  FilePosition,
  FileRepository,
  UploadRepository,
} from '../files/ports.ts';
import type { Caller } from '../identity/caller.ts';
import type { Tenant } from '../identity/tenant.ts';
import { createFileRepository } from './files/file-repository.ts';
import { createUploadRepository } from './uploads/upload-repository.ts';
import { foldUsage } from './usage-ledger.ts';

let test: TestDatabase;
let uploads: UploadRepository;
let files: FileRepository;
beforeAll(async () => {
  test = await createTestDatabase();
  uploads = createUploadRepository(test.database);
  files = createFileRepository(test.database);
});
afterAll(() => test[Symbol.asyncDispose]());

const users = ['alice', 'bob', '한 "사람"'] as const;
const names = [
  'a.txt',
  'B.txt',
  'b.txt',
  'é.png',
  'e\u0301.png',
  '회의록 100%.pdf',
  '😀_\\.mp4',
  'a.txt.bak',
];
const types = ['image/png', 'image/svg+xml', 'text/plain', 'text/plain; charset=utf-8', 'imagex/png'];
const tags = ['x', 'y"{', '태그'];

/** Few values of each, so that there are many ties and many matches. */
const anyFile = fc.record({
  ownerId: fc.constantFrom(...users),
  ownerType: fc.constantFrom(...ownerTypes),
  visibility: fc.constantFrom(...visibilities),
  sharedWith: fc.subarray([...users]),
  originalName: fc.constantFrom(...names),
  mimeType: fc.constantFrom(...types),
  sizeBytes: fc.integer({ min: 1, max: 4 }),
  bucket: fc.constantFrom(...buckets),
  category: fc.constantFrom(...categories),
  tags: fc.subarray(tags),
  second: fc.integer({ min: 0, max: 3 }),
});

type FileFields = typeof anyFile extends fc.Arbitrary<infer Fields> ? Fields : never;

const anyFilter: fc.Arbitrary<FileFilter> = fc.record(
  {
    visibility: fc.constantFrom(...visibilities),
    ownerId: fc.constantFrom(...users, 'nobody'),
    ownerType: fc.constantFrom(...ownerTypes),
    bucket: fc.constantFrom(...buckets),
    category: fc.constantFrom(...categories),
    mimeType: fc.constantFrom('image/*', 'image/png', 'text/plain', 'text/plain; charset=utf-8'),
    search: fc.constantFrom('a', 'B.T', 'É', 'e\u0301.', '회의', '%', '_', '\\', '😀', 'nowhere', 'txt'),
    tag: fc.constantFrom(...tags, 'z'),
    createdAfter: fc.integer({ min: 0, max: 3 }).map((second) => later(second)),
    createdBefore: fc.integer({ min: 0, max: 4 }).map((second) => later(second)),
    minSizeBytes: fc.integer({ min: 0, max: 4 }),
    maxSizeBytes: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: [] },
);

const anyOrder: fc.Arbitrary<FileOrder> = fc.record({
  by: fc.constantFrom(...sortFields),
  direction: fc.constantFrom('asc', 'desc'),
});

function callersOf(tenant: Tenant): Caller[] {
  const others = newTenant();
  return [
    guest(tenant),
    admin(tenant),
    { ...admin(tenant), userId: users[0] },
    ...users.map((userId) => user(tenant, userId)),
    user(tenant, 'nobody'),
    admin(others),
    user(others, users[0]),
    guest(others),
  ];
}

async function store(tenant: Tenant, fields: FileFields): Promise<File> {
  const { tags, second, sizeBytes, mimeType, ...rest } = fields;
  const upload = newUpload(tenant, { contentType: mimeType, sizeBytes });
  const registration = { ...rest, metadata: { tags }, at: later(second) };
  return insertFile({ uploads, files }, admin(tenant), { upload, fields: registration });
}

/** What a filter means, said once more in plain words. */
function matches(file: File, filter: FileFilter): boolean {
  const plain = (text: string) => text.normalize('NFC').toLowerCase();
  const { mimeType: type, search, tag, createdAfter, createdBefore, minSizeBytes, maxSizeBytes } = filter;
  return (
    (['visibility', 'ownerId', 'ownerType', 'bucket', 'category'] as const).every(
      (field) => filter[field] === undefined || filter[field] === file[field],
    ) &&
    (type === undefined ||
      file.mimeType === type ||
      file.mimeType.startsWith(`${type};`) ||
      (type.endsWith('/*') && file.mimeType.startsWith(type.slice(0, -1)))) &&
    (search === undefined || plain(file.originalName).includes(plain(search))) &&
    (tag === undefined || (file.metadata.tags ?? []).includes(tag)) &&
    (createdAfter === undefined || file.createdAt >= createdAfter) &&
    (createdBefore === undefined || file.createdAt < createdBefore) &&
    (minSizeBytes === undefined || file.sizeBytes >= minSizeBytes) &&
    (maxSizeBytes === undefined || file.sizeBytes <= maxSizeBytes)
  );
}

const sortValue: Record<FileOrder['by'], (file: File) => FilePosition['value']> = {
  createdAt: (file) => file.createdAt,
  updatedAt: (file) => file.updatedAt,
  originalName: (file) => file.originalName,
  size: (file) => file.sizeBytes,
  mimeType: (file) => file.mimeType,
};

function compareIn({ by, direction }: FileOrder): (a: File, b: File) => number {
  const bytes = (text: string) => Buffer.from(text);
  const compare = (a: FilePosition['value'], b: FilePosition['value']) =>
    typeof a === 'string' && typeof b === 'string' ? bytes(a).compare(bytes(b)) : Number(a) - Number(b);
  const sign = direction === 'asc' ? 1 : -1;
  return (a, b) => sign * (compare(sortValue[by](a), sortValue[by](b)) || compare(a.id, b.id));
}

describe('lists', () => {
  it('show exactly the files that each caller may read, filtered and in order, and count them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFile, { minLength: 1, maxLength: 40 }),
        fc.array(fc.tuple(anyFilter, anyOrder, fc.integer({ min: 1, max: 7 })), {
          minLength: 6,
          maxLength: 6,
        }),
        async (described, questions) => {
          const tenant = newTenant();
          const all = await Promise.all(described.map((fields) => store(tenant, fields)));
          for (const [filter, order, limit] of [[{}, questions[0]?.[1], 5] as const, ...questions]) {
            if (order === undefined) continue;
            for (const caller of callersOf(tenant)) {
              const expected = all
                .filter((file) => canRead(caller, file) && matches(file, filter))
                .sort(compareIn(order));
              expect(await files.list(caller, { filter, order, limit: 100 })).toEqual(expected);
              expect(await files.count(caller, filter)).toEqual({ total: expected.length, isExact: true });
              const offset = limit - 1;
              expect(await files.list(caller, { filter, order, limit, offset })).toEqual(
                expected.slice(offset, offset + limit),
              );
            }
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it('hold the access rule for every owner, visibility, share list and caller', async () => {
    const tenant = newTenant();
    const shareLists = Array.from({ length: 2 ** users.length }, (_, bits) =>
      users.filter((_, index) => bits & (1 << index)),
    );
    const all: File[] = [];
    for (const ownerId of users) {
      for (const visibility of visibilities) {
        for (const sharedWith of shareLists) {
          const [fields] = fc.sample(anyFile, 1);
          if (fields) all.push(await store(tenant, { ...fields, ownerId, visibility, sharedWith }));
        }
      }
    }
    const order = { by: 'createdAt', direction: 'desc' } as const;
    for (const caller of callersOf(tenant)) {
      const listed = await files.list(caller, { filter: {}, order, limit: 1_000 });
      const expected = all.filter((file) => canRead(caller, file));
      expect(listed.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
    }
  });

  it('read page by page by cursor show every file once, in every order, ties included', async () => {
    const tenant = newTenant();
    const described = fc.sample(anyFile, 60);
    const all = await Promise.all(described.map((fields) => store(tenant, fields)));
    for (const by of sortFields) {
      for (const direction of ['asc', 'desc'] as const) {
        for (const caller of [admin(tenant), user(tenant, 'alice')]) {
          const read: File[] = [];
          for (;;) {
            const last = read.at(-1);
            const after = last && { value: sortValue[by](last), id: last.id };
            const page = await files.list(caller, {
              filter: {},
              order: { by, direction },
              limit: 7,
              ...(after && { after }),
            });
            if (page.length === 0) break;
            read.push(...page);
          }
          const expected = all.filter((file) => canRead(caller, file)).sort(compareIn({ by, direction }));
          expect(read).toEqual(expected);
        }
      }
    }
  });

  it('keep a user from what a service of the same id owns, and from changing it', async () => {
    const tenant = newTenant();
    const [fields] = fc.sample(anyFile, 1);
    if (fields === undefined) return;
    const alice = user(tenant, 'alice');
    const order = { by: 'createdAt', direction: 'asc' } as const;
    for (const ownerType of ownerTypes) {
      for (const visibility of visibilities) {
        const file = await store(tenant, {
          ...fields,
          ownerId: 'alice',
          ownerType,
          visibility,
          sharedWith: [],
        });
        const filter = { visibility, ownerType, ownerId: 'alice' };
        const listed = await files.list(alice, { filter, order, limit: 10 });
        expect(listed.map(({ id }) => id)).toEqual(canRead(alice, file) ? [file.id] : []);
        expect(await files.count(alice, filter)).toEqual({ total: listed.length, isExact: true });
        expect((await files.remove(alice, [file.id])).get(file.id)).toBe(
          ownerType === 'user' ? 'deleted' : 'access-denied',
        );
      }
      const upload = newUpload(newTenant(), { ownerType });
      await uploads.insert(upload);
      const { attempt } = registrationOf(upload);
      const claim = { tenant: upload.tenant, key: upload.key, attempt, at: noon, leaseUntil: later(20) };
      const { outcome } = await uploads.claim(user(upload.tenant, 'alice'), claim);
      expect(outcome).toBe(ownerType === 'user' ? 'claimed' : 'access-denied');
    }
  });

  it('follow every change of visibility, name, shares and every removal', async () => {
    const tenant = newTenant();
    const [fields] = fc.sample(anyFile, 1);
    if (fields === undefined) return;
    const bob = user(tenant, 'bob');
    const order = { by: 'originalName', direction: 'asc' } as const;
    const seen = async (filter: FileFilter = {}) => {
      const listed = await files.list(bob, { filter, order, limit: 10 });
      expect(await files.count(bob, filter)).toEqual({ total: listed.length, isExact: true });
      return listed.map(({ originalName }) => originalName);
    };
    const one = await store(tenant, {
      ...fields,
      ownerId: 'alice',
      visibility: 'private',
      sharedWith: ['bob'],
      originalName: 'm',
    });
    await store(tenant, { ...fields, ownerId: 'alice', visibility: 'public', originalName: 'k' });
    const where = { tenant, id: one.id, at: noon };
    expect(await seen()).toEqual(['k']);
    await files.change(where, () => ({ visibility: 'shared' }));
    expect(await seen()).toEqual(['k', 'm']);
    await files.change(where, () => ({ originalName: 'b' }));
    expect(await seen()).toEqual(['b', 'k']);
    expect(await seen({ ownerId: 'alice', visibility: 'shared' })).toEqual(['b']);
    await files.change(where, () => ({ sharedWith: ['carol'] }));
    expect(await seen()).toEqual(['k']);
    await files.change(where, () => ({ visibility: 'protected' }));
    expect(await seen()).toEqual(['b', 'k']);
    await foldUsage(test.database, 1_000);
    await files.remove(admin(tenant), [one.id]);
    expect(await seen()).toEqual(['k']);
    expect(await files.find(tenant, v7())).toBeUndefined();
  });
});
