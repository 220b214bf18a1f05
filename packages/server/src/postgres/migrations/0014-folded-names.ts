import { type Kysely, sql } from 'kysely';

/**
 * Search names are folded as sort names are, by `files/sort-name.ts`. The job `fill-sort-names` makes both anew for the files whose
 * sort name is empty: after an upgrade from a released version, for all of them. Installations that have filled theirs with the
 * folding of before have it done again for names beyond ASCII, which alone fold otherwise.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    update bkend.files set sort_name = ''
    where sort_name <> '' and octet_length(original_name) <> char_length(original_name)`.execute(db);
}
