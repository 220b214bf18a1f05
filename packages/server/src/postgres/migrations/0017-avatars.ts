import { type Kysely, sql } from 'kysely';

/** The avatar of a user is a file of the user with a mark; each user has at most one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table bkend.files add column is_avatar boolean not null default false`.execute(db);
  await sql`
    create unique index files_avatars on bkend.files (tenant, owner_id)
    where is_avatar and owner_type = 'user'`.execute(db);
}
