import { Kysely, PostgresDialect, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { openPool } from '../database/open-pool.ts';
import { up as createFirstTables } from './0001-first-tables.ts';
import { up } from './0004-usage-by-owner-type.ts';

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>;
let db: Kysely<unknown>;
beforeAll(async () => {
  empty = await createEmptyDatabase();
  db = new Kysely({ dialect: new PostgresDialect({ pool: openPool({ connectionString: empty.url }) }) });
  await sql`create extension if not exists pg_trgm`.execute(db);
  await sql`create extension if not exists btree_gin`.execute(db);
  await sql`create schema bkend`.execute(db);
  await createFirstTables(db);
});
afterAll(async () => {
  await db.destroy();
  await empty[Symbol.asyncDispose]();
});

describe('the migration of the usage to owner types', () => {
  it('moves what services have from the users of the same id, and leaves the totals of the tenant', async () => {
    for (const [n, type, visibility, bytes] of [
      [1, 'user', 'private', 1],
      [2, 'service', 'private', 20],
      [3, 'service', 'private', 300],
      [4, 'session', 'shared', 4000],
    ] as const) {
      await sql`
        insert into bkend.files (id, tenant, key, original_name, search_name, mime_type, size_bytes, visibility, bucket,
          category, metadata, tags, owner_id, owner_type, shared_with, etag, created_at, updated_at)
        values (${`00000000-0000-7000-8000-00000000000${n}`}, 't/dev', ${`key-${n}`}, 'n', 'n', 'text/plain', ${bytes},
          ${visibility}, 'files', 'documents', '{}', '{}', 'x', ${type}, '{x}', 'e', now(), now())`.execute(
        db,
      );
    }
    await sql`
      insert into bkend.usage_totals (tenant, owner_id, visibility, category, files, bytes)
      values ('t/dev', 'x', 'private', 'documents', 3, 321), ('t/dev', 'x', 'shared', 'documents', 1, 4000),
        ('t/dev', '', 'private', 'documents', 3, 321), ('t/dev', '', 'shared', 'documents', 1, 4000)`.execute(
      db,
    );

    await up(db);

    const { rows } = await sql<{ owner_id: string; owner_type: string; visibility: string; bytes: string }>`
      select owner_id, owner_type, visibility, sum(bytes)::int as bytes, sum(files)::int as files
      from (
        select owner_id, owner_type, visibility, files, bytes from bkend.usage_totals
        union all select owner_id, owner_type, visibility, files, bytes from bkend.usage_deltas
      ) as usage
      group by owner_id, owner_type, visibility having sum(files) <> 0
      order by owner_id, owner_type, visibility`.execute(db);
    expect(rows).toEqual([
      { owner_id: '', owner_type: '', visibility: 'private', bytes: 321, files: 3 },
      { owner_id: '', owner_type: '', visibility: 'shared', bytes: 4000, files: 1 },
      { owner_id: 'x', owner_type: 'service', visibility: 'private', bytes: 320, files: 2 },
      { owner_id: 'x', owner_type: 'session', visibility: 'shared', bytes: 4000, files: 1 },
      { owner_id: 'x', owner_type: 'user', visibility: 'private', bytes: 1, files: 1 },
    ]);
    const shares = await sql<{ user_id: string }>`select user_id from bkend.shares`.execute(db);
    expect(shares.rows).toEqual([{ user_id: 'x' }]);
  });
});
