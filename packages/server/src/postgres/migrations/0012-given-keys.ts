import { type Kysely, sql } from 'kysely';

/**
 * Files that an import gave a key which this server would not have made: by their key alone, which names no tenant, for the images
 * host; and by their object key, which does not sort as their key does, for the reconciler. Both are empty without imports.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const isGiven = "split_part(object_key, '~', 1) <> key";
  await sql.raw(`create index files_by_given_key on bkend.files (key) where ${isGiven}`).execute(db);
  await sql
    .raw(`create index files_of_given_keys on bkend.files (tenant, object_key) where ${isGiven}`)
    .execute(db);
}
