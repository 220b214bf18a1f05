import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { Database } from '../database/database.ts';
import { createFileRepository } from '../file-repository.ts';
import { createScanQueue } from '../scanning/scan-queue.ts';
import { migrate } from './migrate.ts';

const tenant: Tenant = 't/dev';
const insert = (columns: string, values: string) =>
  sql.raw(`
    insert into bkend.files (id, tenant, key, original_name, search_name, mime_type, size_bytes, bucket, category, metadata, tags,
      owner_id, owner_type, shared_with, etag, created_at, updated_at, ${columns})
    select gen_random_uuid(), '${tenant}', name, name, name, 'text/plain', 5, 'files', 'documents', '{}', '{}', 'alice', 'user',
      '{}', 'e', now(), now(), ${values}`);

it('files of before are served as they were, and what a process of the version before changes stays unscanned', async () => {
  await using empty = await createEmptyDatabase();
  await using database = new Database({ url: empty.url });
  await migrate({ url: empty.url }, { before: '0024-scans' });
  await database.rows(sql`${insert('visibility', `'public' from (values ('before')) as given (name)`)}`);
  await migrate({ url: empty.url });
  const files = createFileRepository(database);
  const queue = createScanQueue(database);
  expect(await files.findByKey(tenant, 'before')).toMatchObject({ visibility: 'public' });
  expect((await files.findByKey(tenant, 'before'))?.scan).toBeUndefined();
  expect(await queue.count(10)).toBe(0);

  await database.rows(
    sql`${insert('visibility, scan', `'public', 'pending' from (values ('waiting')) as given (name)`)}`,
  );
  const stored = async () => {
    const [row] = await database.rows(sql<{ visibility: string; own: string }>`
      select visibility, visibility_before_trash as own from bkend.files where key = 'waiting'`);
    return row;
  };
  const change = (set: string) =>
    database.rows(sql.raw(`update bkend.files set ${set} where key = 'waiting'`) as ReturnType<typeof sql>);
  expect(await stored()).toEqual({ visibility: 'unscanned', own: 'public' });
  // A change of visibility, the trash and a restoration, as the statements of the version before write them.
  await change(`visibility = 'protected'`);
  expect(await stored()).toEqual({ visibility: 'unscanned', own: 'protected' });
  await change(`visibility_before_trash = visibility, visibility = 'trashed', deleted_at = now()`);
  expect(await stored()).toEqual({ visibility: 'trashed', own: 'protected' });
  await change(
    `visibility = coalesce(visibility_before_trash, 'private'), visibility_before_trash = null, deleted_at = null`,
  );
  expect(await stored()).toEqual({ visibility: 'unscanned', own: 'protected' });

  const [task] = await queue.find({ limit: 10 });
  if (task === undefined) throw new Error('There is nothing to scan.');
  await queue.pass(task);
  expect(await stored()).toEqual({ visibility: 'protected', own: null });
  expect(await queue.find({ limit: 10 })).toEqual([]);
});
