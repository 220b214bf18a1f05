import { type Kysely, sql } from 'kysely';

/** The open uploads of an owner are counted before another is begun; by an index that has all that is counted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
      create index uploads_by_owner on bkend.uploads (tenant, owner_id, owner_type)
      include (size_bytes, aborted, url_ends_at, expires_at)`)
    .execute(db);
}
