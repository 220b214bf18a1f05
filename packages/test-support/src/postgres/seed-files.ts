import pg from 'pg';
import { Database } from '../../../server/src/postgres/database/database.ts';
import { rebuildTotals } from '../../../server/src/postgres/usage/rebuild-totals.ts';

/** Stands in ten names, however many files there are. */
export const rareWord = 'quixotic-zebra';

/**
 * Fills the tables of an empty, migrated database inside the server, the fast way: indexes off, rows in, indexes on.
 * Seven files in ten are private, the others public, protected, and shared with three users each. Twenty lie in each folder, a
 * hundred folders in each of the root: `dir-0/sub-7`.
 * @param seed.folder the one folder of all files, in place of these
 */
export async function seedFiles(
  url: string,
  seed: { tenant: string; fileCount: number; users: number; folder?: string },
): Promise<void> {
  const { tenant, fileCount, users, folder } = seed;
  const client = new pg.Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; definition: string }>(`
      select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
      from pg_index where indrelid in ('bkend.files'::regclass, 'bkend.shares'::regclass) and not indisunique`);
    for (const { name } of rows) await client.query(`drop index ${name}`);
    await client.query(insertFiles, [tenant, fileCount, users, folder ?? null]);
    await client.query(insertShares);
    await client.query(insertTotals);
    for (const { definition } of rows) await client.query(definition);
    await client.query('insert into bkend.stale_totals (tenant) values ($1)', [tenant]);
    await using database = new Database({ url });
    await rebuildTotals(database, 1);
    await client.query(`
      vacuum (analyze) bkend.files, bkend.shares, bkend.usage_totals, bkend.usage_deltas, bkend.folder_totals,
        bkend.facet_totals`);
  } finally {
    await client.end();
  }
}

const insertFiles = `
  insert into bkend.files (
    id, tenant, key, original_name, sort_name, search_name, mime_type, size_bytes, visibility, bucket, category, metadata, tags,
    owner_id, owner_type, shared_with, etag, created_at, updated_at, folder
  )
  select
    id, $1, $1 || '/images/2026/05/' || id, name, lower(name) || E'\\x01' || name, lower(name),
    (array['image/jpeg', 'image/png', 'application/pdf', 'video/mp4', 'text/plain'])[1 + number % 5],
    1 + (random() * 1e8)::bigint,
    visibility, 'files', (array['images', 'documents', 'media'])[1 + number % 3], '{}',
    case when number % 3 = 0 then array['tag-' || number % 40] else '{}' end,
    'user-' || number % $3, 'user',
    case when visibility = 'shared' then
      array(select 'user-' || (number * 7 + step * 1237) % $3 from generate_series(1, 3) as step) else '{}'
    end,
    'd41d8cd98f00b204e9800998ecf8427e', created_at, created_at + random() * interval '1 hour',
    coalesce($4, 'dir-' || folder / 100 || '/sub-' || folder % 100)
  from (
    select
      number, gen_random_uuid() as id, number % greatest($2::int / 20, 1) as folder,
      (array['private', 'private', 'private', 'private', 'private', 'private', 'private', 'public', 'protected',
        'shared'])[1 + (number / 7) % 10] as visibility,
      timestamptz '2026-01-01' + number * interval '10 ms' as created_at,
      (array['Holiday', 'Invoice', 'report', '회의록', 'photo', 'Screenshot', '사진'])[1 + (random() * 6)::int] || '-' ||
        substr(md5(number::text), 1, 8) || case when number % greatest($2::int / 10, 1) = 0 then '-${rareWord}' else '' end ||
        '.jpg' as name
    from generate_series(1, $2::int) as number
  ) as file`;

const insertShares = `
  insert into bkend.shares (tenant, file_id, user_id, original_name, sort_name, folder, mime_type, size_bytes, created_at, updated_at)
  select distinct tenant, id, user_id, original_name, sort_name, folder, mime_type, size_bytes, created_at, updated_at
  from bkend.files, unnest(shared_with) as user_id
  where visibility = 'shared' and not (owner_type = 'user' and user_id = owner_id)`;

const insertTotals = `
  insert into bkend.usage_totals (tenant, owner_id, owner_type, visibility, category, files, bytes)
  select tenant, coalesce(owner_id, ''), coalesce(owner_type, ''), visibility, category, count(*), sum(size_bytes)
  from bkend.files group by grouping sets ((tenant, owner_id, owner_type, visibility, category), (tenant, visibility, category))`;
