import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { Database } from '../database/database.ts';
import { createOperationRepository } from '../operations/operation-repository.ts';
import { migrate } from './migrate.ts';

const tenant: Tenant = 't/dev';

it('operations that were running go on with the files that they had left', async () => {
  await using empty = await createEmptyDatabase();
  await using database = new Database({ url: empty.url });
  await migrate({ url: empty.url }, { before: '0013-operation-files' });
  await database.rows(sql`
    insert into bkend.files (id, tenant, key, original_name, search_name, mime_type, size_bytes, visibility, folder, bucket, category,
      metadata, tags, owner_id, owner_type, shared_with, etag, created_at, updated_at)
    select gen_random_uuid(), ${tenant}, name, name, name, 'text/plain', 5, 'private', folder, 'files', 'documents',
      '{}', '{}', owner, 'user', '{}', 'e', created_at::timestamptz, now()
    from (values
      ('there', 'a', 'alice', '2026-01-01'), ('below', 'a/b', 'alice', '2026-01-01'), ('beside', 'ab', 'alice', '2026-01-01'),
      ('of bob', 'a', 'bob', '2026-01-01'), ('later', 'a', 'alice', '2026-03-01')
    ) as given (name, folder, owner, created_at)`);
  const id = '0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000';
  await database.rows(sql`
    insert into bkend.operations (tenant, id, kind, starter_id, starter_type, owner_id, owner_type, folder, total, done, created_at,
      updated_at, due_at)
    values (${tenant}, ${id}, 'delete-folder', 'alice', 'user', 'alice', 'user', 'a', 9, 7, '2026-02-01', now(), now())`);
  await migrate({ url: empty.url });
  const operations = createOperationRepository(database);
  const operation = await operations.find(tenant, id);
  expect(operation).toMatchObject({ state: 'running', total: 9, done: 7 });
  if (operation !== undefined) await operations.changeNext(operation, { at: new Date(), limit: 10 });
  expect(await operations.find(tenant, id)).toMatchObject({ state: 'done', total: 9, done: 9 });
  const left = await database.rows(sql<{ key: string }>`select key from bkend.files order by key`);
  expect(left.map(({ key }) => key)).toEqual(['beside', 'later', 'of bob']);
});
