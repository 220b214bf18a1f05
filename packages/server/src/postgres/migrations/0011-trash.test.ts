import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { Database } from '../database/database.ts';
import { createTrashCollection } from '../files/empty-trash.ts';
import { migrate } from './migrate.ts';

const tenant: Tenant = 't/dev';

it('a database of the version before gets the index that empties the trash by age, and no emptyings', async () => {
  await using empty = await createEmptyDatabase();
  await using database = new Database({ url: empty.url });
  await migrate({ url: empty.url }, { before: '0011-trash' });
  await database.rows(sql`
    insert into bkend.files (id, tenant, key, original_name, search_name, mime_type, size_bytes, visibility,
      visibility_before_trash, deleted_at, bucket, category, metadata, tags, owner_id, owner_type, shared_with, etag,
      created_at, updated_at)
    select gen_random_uuid(), ${tenant}, name, name, name, 'text/plain', 5, visibility, before, at, 'files', 'documents',
      '{}', '{}', 'alice', 'user', '{}', 'e', now(), now()
    from (values ('in the trash', 'trashed', 'public', now()), ('kept', 'public', null, null)) as given (name, visibility, before, at)`);
  await migrate({ url: empty.url });
  const trash = createTrashCollection(database);
  expect(await trash.findEmptyings()).toEqual([]);
  expect(await trash.findTenants()).toEqual([tenant]);
  const trashedBy = new Date(Date.now() + 60_000);
  expect(await trash.remove({ trash: { tenant }, trashedBy, limit: 10 })).toBe(1);
  const left = await database.rows(sql<{ key: string }>`select key from bkend.files`);
  expect(left).toEqual([{ key: 'kept' }]);
  expect(await trash.findTenants()).toEqual([]);
});
