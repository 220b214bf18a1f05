import pg from 'pg';
import type { SupabaseObject } from './supabase.ts';

const pageSize = 1_000;

/** Columns that older versions of Supabase Storage do not have, and what is read without them. */
const newerColumns = { owner_id: 'owner::text', user_metadata: 'null::jsonb' } as const;

/**
 * The rows of `storage.objects`, in pages. Memory does not grow with their number.
 * @param url of the PostgreSQL database
 * @throws an error with the driver's message
 */
export async function* listSupabaseObjects(url: string): AsyncGenerator<SupabaseObject> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // The failure of a query is thrown where it is awaited.
  client.on('error', () => {});
  await client.connect();
  try {
    const has = await findColumns(client);
    const column = (name: keyof typeof newerColumns) =>
      has.has(name) ? `objects.${name}` : newerColumns[name].replace(/^owner/, 'objects.owner');
    let after: readonly [string, string] = ['', ''];
    for (;;) {
      const { rows } = await client.query<SupabaseObject>(
        `select objects.id, objects.bucket_id as "bucketId", objects.name, ${column('owner_id')} as "ownerId",
           coalesce(buckets.public, false) as "isPublic", objects.created_at as "createdAt",
           objects.updated_at as "updatedAt", objects.metadata, ${column('user_metadata')} as "userMetadata"
         from storage.objects join storage.buckets on buckets.id = objects.bucket_id
         where (objects.bucket_id, objects.name collate "C") > ($1, $2 collate "C")
         order by objects.bucket_id, objects.name collate "C" limit ${pageSize}`,
        [...after],
      );
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageSize) return;
      after = [last.bucketId, last.name];
    }
  } finally {
    await client.end();
  }
}

async function findColumns(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ column_name: string }>(
    `select column_name from information_schema.columns where table_schema = 'storage' and table_name = 'objects'`,
  );
  if (rows.length > 0) return new Set(rows.map((row) => row.column_name));
  throw new Error('The database has no table storage.objects.');
}
