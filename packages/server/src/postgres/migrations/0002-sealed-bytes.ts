import { type Kysely, sql } from 'kysely';

/** The longest life of an upload URL that could be set in the version before, and an hour for a PUT begun in its last second. */
const longestUploadUrl = (7 * 24 + 1) * 60 * 60 * 1000;

/**
 * Bytes that are registered never change: a file says where its bytes lie, an upload where they arrive and which attempt
 * at registering it is under way, a purge whether it must be done a second time.
 *
 * API processes of the version before go on writing beside this one, naming the columns they know. What they register has
 * no `object_key`, and neither have files of before: their bytes lie at the key itself. Those whose upload URL may still
 * be good are found by an index of their own, which is small however large the table is.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);
  const sealFrom = new Date(Date.now() - longestUploadUrl).toISOString();

  await run(`
    create table bkend.installation (
      is_only boolean primary key default true check (is_only),
      id uuid not null default gen_random_uuid(),
      marked_at timestamptz(3),
      restored_at timestamptz(3),
      seal_from timestamptz(3) not null
    )`);
  await run(`insert into bkend.installation (seal_from) values ('${sealFrom}')`);

  await run(`
    alter table bkend.uploads
      add is_pending boolean not null default false,
      add url_ends_at timestamptz(3),
      add attempt uuid,
      add lease_until timestamptz(3)`);
  await run(`
    alter table bkend.files
      add object_key text collate "C",
      add lost_at timestamptz(3)`);
  await run('alter table bkend.purges add again_at timestamptz(3)');
  await run(`
    create index files_to_seal on bkend.files (tenant, id)
    where object_key is null and created_at >= '${sealFrom}'`);
}
