import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmptyDatabase } from '../../../../test-support/src/postgres/test-database.ts';
import { keptTotals, totalsOfFiles } from '../../../../test-support/src/postgres/totals.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { Database } from '../database/database.ts';
import { rebuildTotals } from '../usage/rebuild-totals.ts';
import { foldUsage } from '../usage/usage-ledger.ts';
import { migrate } from './migrate.ts';

const tenant: Tenant = 't/dev';

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

/** What a process of the version before registers. */
async function insertAsBefore(count: number): Promise<void> {
  await database.rows(sql`
    with created as (
      insert into bkend.files (id, tenant, key, original_name, search_name, mime_type, size_bytes, visibility, bucket,
        category, metadata, tags, owner_id, owner_type, shared_with, etag, created_at, updated_at, folder)
      select id, ${tenant}, id, 'n', 'n', (array['text/plain', 'text/plain;charset=utf-8'])[1 + number % 2], number,
        (array['private', 'public', 'trashed'])[1 + number % 3], 'files', 'documents', '{}', '{x,x,y}',
        (array['alice', 'bob'])[1 + number % 2], 'user', '{}', 'e', now(), now(), (array['', 'a', 'a/b'])[1 + number % 3]
      from (select gen_random_uuid() as id, number from generate_series(1, ${count}::int) as number) as file
      returning *
    )
    insert into bkend.usage_deltas (tenant, owner_id, owner_type, visibility, category, files, bytes)
    select tenant, owner_id, owner_type, visibility, category, count(*), sum(size_bytes)
    from created group by 1, 2, 3, 4, 5`);
}

describe('a database of the version before', () => {
  it('has the totals of its files when it is migrated, and when deltas of before are folded', async () => {
    await migrate({ url: empty.url }, { before: '0008-folder-totals' });
    await insertAsBefore(30);
    await migrate({ url: empty.url });
    const expected = await totalsOfFiles(database, tenant);
    expect(Object.keys(expected.folders)).toHaveLength(9);
    expect(await keptTotals(database, tenant)).toEqual(expected);
    await foldUsage(database, 100);
    expect(await keptTotals(database, tenant)).toEqual(expected);
  });

  it('has them again after an older process has registered files', async () => {
    await insertAsBefore(7);
    await foldUsage(database, 100);
    expect(await keptTotals(database, tenant)).not.toEqual(await totalsOfFiles(database, tenant));
    await rebuildTotals(database, 10);
    expect(await keptTotals(database, tenant)).toEqual(await totalsOfFiles(database, tenant));
    expect(await rebuildTotals(database, 10)).toBe(0);
  });
});
