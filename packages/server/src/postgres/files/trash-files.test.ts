import { visibilities } from '@bkend/storage-contract';
import fc from 'fast-check';
import { sql } from 'kysely';
import { v7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { useTestDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { insertFile } from '../../../../test-support/src/samples/register-upload.ts';
import {
  admin,
  guest,
  later,
  newTenant,
  newUpload,
  noon,
  user,
} from '../../../../test-support/src/samples/samples.ts';
import type { File } from '../../files/file.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { emptyTrash } from '../../jobs/empty-trash.ts';
import { createUsageLedger } from '../usage/usage-ledger.ts';
import { createTrashCollection } from './empty-trash.ts';

const { database, uploads, files } = await useTestDatabase();
const collection = createTrashCollection(database);

function newFile(tenant: Tenant, fields: Partial<File> = {}): Promise<File> {
  return insertFile(uploads, admin(tenant), {
    upload: newUpload(tenant),
    fields: { sizeBytes: 7, ...fields },
  });
}

const order = { by: 'createdAt', direction: 'asc' } as const;
const trashOf = async (tenant: Tenant) =>
  (await files.list(admin(tenant), { filter: { trash: true }, order, limit: 100 })).map(({ id }) => id);

describe('putting files into the trash', () => {
  it('takes those of the caller, says why not of the others, and answers the same again', async () => {
    const tenant = newTenant();
    const [mine, shared, theirs] = [
      await newFile(tenant),
      await newFile(tenant, { visibility: 'shared', sharedWith: ['bob'] }),
      await newFile(tenant, { ownerId: 'bob', visibility: 'public' }),
    ];
    const hidden = await newFile(tenant, { ownerId: 'bob', visibility: 'public' });
    await files.trash(user(tenant, 'bob'), [hidden.id], noon);
    const absent = v7();
    const ids = [mine.id, shared.id, theirs.id, hidden.id, absent];
    const outcomes = new Map([
      [mine.id, 'trashed'],
      [shared.id, 'trashed'],
      [theirs.id, 'access-denied'],
      [hidden.id, 'not-found'],
      [absent, 'not-found'],
    ]);
    const alice = user(tenant, 'alice');
    expect(await files.trash(alice, ids, later(1))).toEqual(outcomes);
    expect(await files.trash(alice, ids, later(2))).toEqual(outcomes);
    for (const caller of [guest(tenant), user(newTenant(), 'alice'), admin(newTenant())]) {
      expect([...(await files.trash(caller, ids, noon)).values()]).not.toContain('trashed');
      expect(
        [...(await files.restore(caller, ids)).values()].filter((each) => typeof each === 'object'),
      ).toEqual([]);
    }
    expect(await files.findWithTrash(tenant, shared.id)).toEqual({ ...shared, deletedAt: later(1) });
    expect(await files.find(tenant, shared.id)).toBeUndefined();

    const restored = await files.restore(alice, ids);
    expect(restored.get(shared.id)).toEqual(shared);
    expect(restored.get(theirs.id)).toBe('access-denied');
    expect(restored.get(hidden.id)).toBe('not-found');
    expect(await files.restore(alice, [mine.id])).toEqual(new Map([[mine.id, mine]]));
  });

  it('keeps usage, shares and files in step, however many callers trash, restore, change and delete at once', async () => {
    const steps = fc.array(
      fc.record({
        kind: fc.constantFrom('trash', 'restore', 'change', 'remove', 'empty'),
        which: fc.nat(5),
        visibility: fc.constantFrom(...visibilities),
        sharedWith: fc.subarray(['bob', 'carol']),
      }),
      { minLength: 10, maxLength: 15 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 2, maxLength: 4 }), async (writers) => {
        const tenant = newTenant();
        const caller = admin(tenant);
        const all = await Promise.all(
          Array.from({ length: 6 }, () => newFile(tenant, { visibility: 'shared', sharedWith: ['bob'] })),
        );
        const ids = all.map(({ id }) => id);
        await Promise.all(
          writers.map(async (writer) => {
            for (const { kind, which, visibility, sharedWith } of writer) {
              const id = ids[which] ?? '';
              const some = which % 2 === 0 ? [id] : ids.slice(which);
              if (kind === 'trash') await files.trash(caller, some, noon);
              if (kind === 'restore') await files.restore(caller, some);
              if (kind === 'remove' && which < 2) await files.remove(caller, [id]);
              if (kind === 'empty' && which === 3) await files.emptyTrash({ tenant }, { at: noon, limit: 2 });
              if (kind === 'change')
                await files.change({ tenant, id, at: noon }, () => ({ visibility, sharedWith }));
            }
          }),
        );
        const rows = await database.rows(sql<{ id: string; visibility: string; shared_with: string[] }>`
          select id, visibility, shared_with from bkend.files where tenant = ${tenant}`);
        const shares = await database.rows(sql<{ share: string }>`
          select file_id || ' ' || user_id as share from bkend.shares where tenant = ${tenant}`);
        expect(shares.map(({ share }) => share).sort()).toEqual(
          rows
            .flatMap((row) =>
              row.visibility === 'shared' ? row.shared_with.map((name) => `${row.id} ${name}`) : [],
            )
            .sort(),
        );
        const usage = await createUsageLedger(database).read(tenant);
        const inTrash = usage.filter((row) => row.visibility === undefined);
        const sum = (counts: typeof usage) => counts.reduce((total, { files: count }) => total + count, 0);
        expect(sum(usage)).toBe(rows.length);
        expect(sum(inTrash)).toBe(rows.filter(({ visibility }) => visibility === 'trashed').length);
        expect((await trashOf(tenant)).length).toBe(sum(inTrash));
      }),
      { numRuns: 5, endOnFailure: true },
    );
  });

  it('is undone where a process of the version before has given the file another visibility', async () => {
    const tenant = newTenant();
    const file = await newFile(tenant, { visibility: 'public' });
    await files.trash(admin(tenant), [file.id], noon);
    await database.rows(sql`update bkend.files set visibility = 'private' where id = ${file.id}`);
    expect(await files.find(tenant, file.id)).toEqual({ ...file, visibility: 'private' });
    await files.trash(admin(tenant), [file.id], later(5));
    expect(await files.findWithTrash(tenant, file.id)).toEqual({
      ...file,
      visibility: 'private',
      deletedAt: later(5),
    });
  });
});

describe('emptying the trash', () => {
  const run = (days: number, at: Date, signal = new AbortController().signal) =>
    emptyTrash.run(
      // The job reads nothing else.
      {
        trash: collection,
        clock: () => at,
        findSettings: async () => ({ trashLifeDays: days }),
      } as unknown as Parameters<typeof emptyTrash.run>[0],
      { repair: false, signal },
    );
  const alice = { ownerId: 'alice', ownerType: 'user' } as const;

  it('removes a batch at once, and the rest by the job, whatever was put there or restored meanwhile', async () => {
    const tenant = newTenant();
    const caller = admin(tenant);
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push((await newFile(tenant)).id);
    const [service, kept] = [await newFile(tenant, { ownerType: 'service' }), await newFile(tenant)];
    await files.trash(caller, [...ids, service.id], noon);
    expect(await files.emptyTrash({ tenant, owner: alice }, { at: later(1), limit: 2 })).toEqual({
      removed: 2,
      isDone: false,
    });
    const [restored = '', ...left] = (await trashOf(tenant)).filter((id) => id !== service.id);
    expect(left).toHaveLength(2);
    await files.restore(caller, [restored]);
    const later2 = await newFile(tenant);
    await files.trash(caller, [later2.id], later(2));

    const stopped = new AbortController();
    stopped.abort();
    const emptyings = async () =>
      (await collection.findEmptyings()).filter(({ trash }) => trash.tenant === tenant);
    await run(7, later(3), stopped.signal);
    expect((await trashOf(tenant)).length).toBe(4);
    expect(await emptyings()).toEqual([{ trash: { tenant, owner: alice }, trashedBy: later(1) }]);
    await run(7, later(3));
    expect((await trashOf(tenant)).sort()).toEqual([later2.id, service.id].sort());
    for (const id of [restored, kept.id]) expect(await files.find(tenant, id)).toBeDefined();
    expect(await files.emptyTrash({ tenant }, { at: later(4), limit: 3 })).toEqual({
      removed: 2,
      isDone: true,
    });
    expect(await emptyings()).toEqual([]);
  });

  it('by the job removes what has been there for the days of its environment, and its bytes', async () => {
    const tenant = newTenant();
    const [old, young, temp] = [await newFile(tenant), await newFile(tenant), await newFile(tenant)];
    await files.trash(admin(tenant), [old.id], noon);
    await files.trash(admin(tenant), [young.id], later(1));
    const week = 7 * 24 * 60 * 60;
    await run(7, later(week - 1));
    expect(await trashOf(tenant)).toEqual([old.id, young.id]);
    await run(7, later(week));
    expect(await trashOf(tenant)).toEqual([young.id]);
    await run(0, later(1));
    expect(await trashOf(tenant)).toEqual([]);
    expect(await files.find(tenant, temp.id)).toEqual(temp);
    const purges = await database.rows(
      sql<{ key: string }>`select key from bkend.purges where key in (${old.objectKey}, ${young.objectKey})`,
    );
    expect(purges).toHaveLength(2);
  });

  it('is asked for of several trashes at once, without a circle of waiting', async () => {
    const tenant = newTenant();
    const caller = admin(tenant);
    const ids = (await Promise.all(Array.from({ length: 60 }, () => newFile(tenant)))).map(({ id }) => id);
    await files.trash(caller, ids, noon);
    await Promise.all([
      ...Array.from({ length: 6 }, () => files.emptyTrash({ tenant }, { at: noon, limit: 20 })),
      ...Array.from({ length: 6 }, () => files.emptyTrash({ tenant, owner: alice }, { at: noon, limit: 20 })),
      files.remove(caller, [...ids].reverse()),
      files.restore(caller, ids.slice(0, 5)),
      run(0, later(1)),
    ]);
    expect(await createUsageLedger(database).read(tenant)).toEqual([]);
  });
});
