import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { admin } from '../../../../test-support/src/samples/samples.ts';
import { sortNameOf } from '../../files/sort-name.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { Database } from '../database/database.ts';
import { createFileRepository } from '../file-repository.ts';
import { fillSortNames } from '../files/fill-sort-names.ts';
import { migrate } from './migrate.ts';

const tenant: Tenant = 't/dev';

it('names that were folded otherwise are folded again, and those of ASCII stay', async () => {
  await using empty = await createEmptyDatabase();
  await using database = new Database({ url: empty.url });
  await migrate({ url: empty.url }, { before: '0014-folded-names' });
  const names = ['ΟΔΟΣ.txt', 'STRAẞE.txt', 'plain.txt', 'no sort name yet.txt'];
  for (const name of names) {
    await database.rows(sql`
      insert into bkend.files (id, tenant, key, original_name, search_name, sort_name, mime_type, size_bytes, visibility, bucket,
        category, metadata, tags, owner_id, owner_type, shared_with, etag, created_at, updated_at)
      values (gen_random_uuid(), ${tenant}, ${name}, ${name}, ${name.normalize('NFC').toLowerCase()},
        ${name.startsWith('no') ? '' : `of before ${name}`}, 'text/plain', 5, 'private', 'files', 'documents', '{}', '{}', 'alice',
        'user', '{}', 'e', now(), now())`);
  }
  const found = async (search: string) => {
    const order = { by: 'originalName', direction: 'asc' } as const;
    const files = await createFileRepository(database).list(admin(tenant), {
      filter: { search },
      order,
      limit: 9,
    });
    return files.map(({ originalName }) => originalName);
  };
  // The statements of this version need columns of later migrations, so that the old column is read by itself.
  const before = await database.rows(sql`select 1 from bkend.files where search_name like '%strasse%'`);
  expect(before).toEqual([]);
  await migrate({ url: empty.url });
  expect(await fillSortNames(database, 10)).toBe(3);
  expect(await fillSortNames(database, 10)).toBe(0);
  expect(await found('οδοσ')).toEqual(['ΟΔΟΣ.txt']);
  expect(await found('οδος')).toEqual(['ΟΔΟΣ.txt']);
  expect(await found('strasse')).toEqual(['STRAẞE.txt']);
  const rows = await database.rows(sql<{ original_name: string; sort_name: string }>`
    select original_name, sort_name from bkend.files`);
  expect(new Map(rows.map((row) => [row.original_name, row.sort_name]))).toEqual(
    new Map(names.map((name) => [name, name === 'plain.txt' ? 'of before plain.txt' : sortNameOf(name)])),
  );
});
