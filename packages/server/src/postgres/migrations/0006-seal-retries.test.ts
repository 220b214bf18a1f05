import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { Database } from '../database/database.ts';
import { createSealing } from '../files/seal-files.ts';
import { migrate } from './migrate.ts';

const later = new Date('2030-01-01T00:00:00Z');

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>;
let database: Database;
beforeAll(async () => {
  empty = await createEmptyDatabase();
  database = new Database({ url: empty.url });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await empty[Symbol.asyncDispose]();
});

it('gives a database of the version before a back-off for files that it has to seal', async () => {
  await migrate({ url: empty.url });
  // The migration adds one table and nothing else: without it and its name, this is a database of the version before.
  await database.rows(sql`drop table bkend.seal_retries`);
  await database.rows(sql`delete from bkend.migrations where name = '0006-seal-retries'`);
  await database.rows(sql`
    insert into bkend.files (id, tenant, key, original_name, search_name, mime_type, size_bytes, visibility, bucket,
      category, metadata, tags, owner_id, owner_type, shared_with, etag, created_at, updated_at)
    values ('00000000-0000-7000-8000-000000000001', 't/dev', 'key', 'n', 'n', 'text/plain', 5, 'private', 'files',
      'documents', '{}', '{}', 'x', 'user', '{}', 'e', now(), now())`);

  await migrate({ url: empty.url });

  const sealing = createSealing(database);
  const now = new Date();
  const [file] = await sealing.findUnsealed({ now, limit: 10 });
  expect(file).toMatchObject({ tenant: 't/dev', key: 'key', attempts: 0 });
  if (file === undefined) return;
  await sealing.retry(file, { at: later });
  expect(await sealing.findUnsealed({ now, limit: 10 })).toEqual([]);
  expect(await sealing.findUnsealed({ now: later, limit: 10 })).toEqual([{ ...file, attempts: 1 }]);
});
