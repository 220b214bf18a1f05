import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { Database } from '../database/database.ts';
import { migrate } from './migrate.ts';

let empty: Awaited<ReturnType<typeof createEmptyDatabase>>;
let database: Database;
beforeEach(async () => {
  empty = await createEmptyDatabase();
  database = new Database({ url: empty.url });
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await empty[Symbol.asyncDispose]();
});

describe('migrating', () => {
  it('is done once by many processes that start at once, and not again', async () => {
    await Promise.all(Array.from({ length: 5 }, () => migrate({ url: empty.url })));
    await migrate({ url: empty.url });
    const rows = await database.rows(
      sql<{ name: string }>`select name from bkend.migrations order by at, name`,
    );
    const names = rows.map(({ name }) => name);
    expect(names[0]).toBe('0001-first-tables');
    expect(names).toEqual([...new Set(names)].sort());
  });

  it('refuses a database that a newer version has written', async () => {
    await migrate({ url: empty.url });
    await database.rows(sql`insert into bkend.migrations (name) values ('0999-from-the-future')`);
    await expect(migrate({ url: empty.url })).rejects.toThrow(/newer bkend-storage \(0999-from-the-future\)/);
  });

  it('says which extension is missing when it may not create it', async () => {
    const role = `poor_${new URL(empty.url).pathname.slice(1)}`;
    await database.rows(sql.raw<unknown>(`create role ${role} login password 'poor'`));
    const url = new URL(empty.url);
    url.username = role;
    url.password = 'poor';
    try {
      await expect(migrate({ url: url.href })).rejects.toThrow(/extension pg_trgm.*CREATE EXTENSION pg_trgm/);
    } finally {
      await database.rows(sql.raw<unknown>(`drop role ${role}`));
    }
  });

  it('leaves every index to the tenant but those that no tenant is known for', async () => {
    await migrate({ url: empty.url });
    const rows = await database.rows(sql<{ name: string }>`
      select indexrelid::regclass::text as name
      from pg_index
      join pg_class on pg_class.oid = indrelid
      join pg_attribute on attrelid = indrelid and attnum = indkey[0]
      where relnamespace = 'bkend'::regnamespace and not relispartition and attname <> 'tenant'
      order by name`);
    expect(rows.map(({ name }) => name)).toEqual([
      'bkend.api_key_details_pkey',
      'bkend.api_keys_hash_key',
      'bkend.api_keys_pkey',
      'bkend.audit_log_by_age',
      'bkend.audit_log_pkey',
      'bkend.deleted_names_pkey',
      'bkend.environments_by_project',
      'bkend.environments_by_token_source',
      'bkend.environments_home',
      'bkend.events_by_age',
      'bkend.files_by_given_key',
      'bkend.installation_pkey',
      'bkend.migrations_pkey',
      'bkend.operation_files_pkey',
      'bkend.operations_by_due',
      'bkend.operations_by_end',
      'bkend.operator_codes_by_operator',
      'bkend.operator_codes_pkey',
      'bkend.operator_sessions_by_end',
      'bkend.operator_sessions_by_operator',
      'bkend.operator_sessions_pkey',
      'bkend.operators_folded_name_key',
      'bkend.operators_pkey',
      'bkend.projects_pkey',
      'bkend.purges_by_due',
      'bkend.purges_by_multipart',
      'bkend.temp_files_by_age',
      'bkend.uploads_by_expiry',
      'bkend.uploads_by_multipart',
      'bkend.uploads_to_look_at',
      'bkend.webhook_deliveries_by_age',
    ]);
  });
});
