import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { admin, user } from '../../../../test-support/src/samples/samples.ts';
import { sortNameOf } from '../../files/sort-name.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { Database } from '../database/database.ts';
import { createFileRepository } from '../file-repository.ts';
import { fillSortNames } from '../files/fill-sort-names.ts';
import { migrate } from './migrate.ts';

const tenant: Tenant = 't/dev';
const ids = [1, 2].map((number) => `00000000-0000-7000-8000-00000000000${number}`);

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>;
let database: Database;
beforeAll(async () => {
  empty = await createEmptyDatabase();
  database = new Database({ url: empty.url });
  await migrate({ url: empty.url }, { before: '0007-folders-and-trash' });
  await insertAsBefore(ids[0], 'photo 10');
  await migrate({ url: empty.url });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await empty[Symbol.asyncDispose]();
});

/** What a process of the version before inserts: a file that is shared with bob. */
async function insertAsBefore(id: string | undefined, name: string): Promise<void> {
  await database.rows(sql`
    with created as (
      insert into bkend.files (id, tenant, key, original_name, search_name, mime_type, size_bytes, visibility, bucket,
        category, metadata, tags, owner_id, owner_type, shared_with, etag, created_at, updated_at)
      values (${id}, ${tenant}, ${`key-${id}`}, ${name}, ${name}, 'text/plain', 5, 'shared', 'files', 'documents', '{}',
        '{}', 'alice', 'user', '{bob}', 'e', now(), now())
      returning *
    )
    insert into bkend.shares (tenant, file_id, user_id, original_name, mime_type, size_bytes, created_at, updated_at)
    select tenant, id, 'bob', original_name, mime_type, size_bytes, created_at, updated_at from created`);
}

/** What a process of the version before does when a file is renamed. */
async function renameAsBefore(id: string | undefined, name: string): Promise<void> {
  await database.rows(
    sql`update bkend.files set original_name = ${name}, updated_at = now() where id = ${id}`,
  );
  await database.rows(sql`
    insert into bkend.shares (tenant, file_id, user_id, original_name, mime_type, size_bytes, created_at, updated_at)
    select tenant, id, 'bob', original_name, mime_type, size_bytes, created_at, updated_at from bkend.files where id = ${id}
    on conflict (tenant, file_id, user_id) do update set original_name = excluded.original_name`);
}

async function sortNames(table: 'files' | 'shares'): Promise<string[]> {
  const rows = await database.rows(
    sql<{ sort_name: string }>`select sort_name from ${sql.table(`bkend.${table}`)} order by original_name`,
  );
  return rows.map((row) => row.sort_name);
}

describe('a database of the version before', () => {
  it('has its files in the root, in their first version and outside the trash', async () => {
    const file = await createFileRepository(database).find(tenant, ids[0] ?? '');
    expect(file).toMatchObject({ folder: '', sortName: '', version: 1, visibility: 'shared' });
    expect(file).not.toHaveProperty('deletedAt');
  });

  it('lists files whose sort name is not filled yet, each once', async () => {
    const files = createFileRepository(database);
    const order = { by: 'originalName', direction: 'asc' } as const;
    const listed = await files.list(admin(tenant), { filter: {}, order, limit: 10 });
    expect(listed.map(({ id }) => id)).toEqual([ids[0]]);
  });

  it('loses the sort name of a file that an older process renames, and of its shares', async () => {
    await insertAsBefore(ids[1], 'photo 9');
    const files = createFileRepository(database);
    const where = { tenant, id: ids[1] ?? '', at: new Date() };
    await files.change(where, () => ({ originalName: 'photo 3', folder: 'trips/2026' }));
    expect(await sortNames('files')).toEqual(['', sortNameOf('photo 3')]);
    expect(await sortNames('shares')).toEqual(['', sortNameOf('photo 3')]);
    await renameAsBefore(ids[1], 'photo 4');
    expect(await sortNames('files')).toEqual(['', '']);
    expect(await sortNames('shares')).toEqual(['', '']);
    expect(await files.find(tenant, ids[1] ?? '')).toMatchObject({ folder: 'trips/2026' });
  });

  it('gets its sort names filled in batches, with the folders of shares, and lists by them', async () => {
    expect(await fillSortNames(database, 1)).toBe(1);
    expect(await fillSortNames(database, 10)).toBe(1);
    expect(await fillSortNames(database, 10)).toBe(0);
    const expected = [sortNameOf('photo 10'), sortNameOf('photo 4')];
    expect(await sortNames('files')).toEqual(expected);
    expect(await sortNames('shares')).toEqual(expected);
    const order = { by: 'originalName', direction: 'asc' } as const;
    for (const caller of [admin(tenant), user(tenant, 'bob')]) {
      const listed = await createFileRepository(database).list(caller, { filter: {}, order, limit: 10 });
      expect(listed.map(({ originalName }) => originalName)).toEqual(['photo 4', 'photo 10']);
    }
  });

  it('gets the folder of a share that an older process has made of a file in a folder', async () => {
    await database.rows(sql`delete from bkend.shares where file_id = ${ids[1]}`);
    await renameAsBefore(ids[1], 'photo 4');
    const filter = { folder: { path: 'trips/2026', isRecursive: false } };
    const order = { by: 'originalName', direction: 'asc' } as const;
    const files = createFileRepository(database);
    const seen = async () => (await files.list(user(tenant, 'bob'), { filter, order, limit: 10 })).length;
    expect(await seen()).toBe(0);
    expect(await fillSortNames(database, 10)).toBe(1);
    expect(await seen()).toBe(1);
  });

  it('is not filled with the name of before where a file is renamed meanwhile', async () => {
    await renameAsBefore(ids[0], 'first');
    const renaming = {
      rows: async (query: Parameters<Database['rows']>[0]) => {
        const rows = await database.rows(query);
        await renameAsBefore(ids[0], 'second');
        return rows;
      },
    } as Database;
    expect(await fillSortNames(renaming, 10)).toBe(1);
    expect(await sortNames('files')).toEqual([sortNameOf('photo 4'), '']);
    expect(await fillSortNames(database, 10)).toBe(1);
    expect(await sortNames('files')).toEqual([sortNameOf('photo 4'), sortNameOf('second')]);
  });
});
