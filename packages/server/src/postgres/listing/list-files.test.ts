import { ownerTypes, sortFields, visibilities } from '@bkend/storage-contract';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import {
  anyFile,
  anyFilter,
  anyOrder,
  callersOf,
  compareIn,
  type FileFields,
  matches,
  storeFile,
  users,
} from '../../../../test-support/src/samples/listed-files.ts';
import {
  admin,
  later,
  newTenant,
  newUpload,
  noon,
  registrationOf,
  user,
} from '../../../../test-support/src/samples/samples.ts';
import { canRead } from '../../files/access.ts';
import type { File } from '../../files/file.ts';
import { positionOf } from '../../files/listing/list-cursor.ts';
import type { FileFilter } from '../../files/listing/listing.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { foldUsage } from '../usage/usage-ledger.ts';

const { database, uploads, files } = await useTestDatabase();

/** Puts every third of the files into the trash. */
async function trashSome(tenant: Tenant, stored: readonly File[]): Promise<File[]> {
  const some = stored.filter((_, index) => index % 3 === 0);
  await files.trash(
    admin(tenant),
    some.map(({ id }) => id),
    noon,
  );
  return stored.map((file) => (some.includes(file) ? { ...file, deletedAt: noon } : file));
}

const store = (tenant: Tenant, fields: FileFields) => storeFile(uploads, tenant, fields);

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
          const stored = await Promise.all(described.map((fields) => store(tenant, fields)));
          const all = await trashSome(tenant, stored);
          for (const [filter, order, limit] of [[{}, questions[0]?.[1], 5] as const, ...questions]) {
            if (order === undefined) continue;
            for (const caller of callersOf(tenant)) {
              const expected = all
                .filter((file) => canRead(caller, file) && matches(caller, file, filter))
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

  it('apply the access rule for every owner, visibility, share list and caller', async () => {
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
            const after = last && positionOf(last, { by, direction });
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

  it('hide from a user the files of a service with the same id, and let no change pass', async () => {
    const tenant = newTenant();
    const [fields] = fc.sample(anyFile, 1).map((any) => ({ ...any, scan: undefined }));
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
    const [fields] = fc.sample(anyFile, 1).map((any) => ({ ...any, scan: undefined }));
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
    await foldUsage(database, 1_000);
    await files.remove(admin(tenant), [one.id]);
    expect(await seen()).toEqual(['k']);
    expect(await files.find(tenant, v7())).toBeUndefined();
  });
});
