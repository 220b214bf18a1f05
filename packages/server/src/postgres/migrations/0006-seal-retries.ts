import { type Kysely, sql } from 'kysely';

/**
 * Back-off of files that could not be sealed: failures so far and the instant of the next attempt. A table of its own,
 * because a new column of `files` would end the prepared statements of the processes of earlier versions.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(`
      create table bkend.seal_retries (
        tenant text collate "C" not null,
        file_id uuid not null,
        attempts integer not null,
        next_at timestamptz(3) not null,
        primary key (tenant, file_id)
      )`)
    .execute(db);
}
