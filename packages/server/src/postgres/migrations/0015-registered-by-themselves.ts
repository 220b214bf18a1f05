import { type Kysely, sql } from 'kysely';

/**
 * Uploads that are registered without a request body, or without a request at all: what the client announced, and when the job
 * `register-uploads` next looks for the bytes; null for uploads that clients register. Files that were registered so: the first
 * registration by hand still applies.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table bkend.uploads
      add column original_name text collate "C",
      add column announced json,
      add column look_at timestamptz(3)`.execute(db);
  await sql`create index uploads_to_look_at on bkend.uploads (look_at) where look_at is not null`.execute(db);
  await sql`alter table bkend.files add column self_registered boolean not null default false`.execute(db);
}
