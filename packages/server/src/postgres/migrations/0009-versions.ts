import { type Kysely, sql } from 'kysely';

/**
 * Former contents of files. What a file has now is in its own row: who registered it and when, where that is not the file's
 * own registration, and a UUID by which it is found once it is a version.
 *
 * `take_versions` is a function for the sake of its snapshot. A statement that removes a file waits for the lock of its row,
 * and may then see the file, but not the version, that another transaction has committed meanwhile; what a function does
 * sees both. The constraint removes what a process of the version before leaves behind; it queues no purge, the
 * reconciler finds the bytes.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    alter table bkend.files
      add version_id uuid,
      add contents_at timestamptz(3),
      add contents_by text collate "C"`);
  await run(`
    create table bkend.versions (
      tenant text collate "C" not null,
      file_id uuid not null,
      version integer not null,
      version_id uuid not null,
      object_key text collate "C" not null,
      mime_type text collate "C" not null,
      size_bytes bigint not null,
      width integer,
      height integer,
      etag text not null,
      created_at timestamptz(3) not null,
      created_by text collate "C" not null,
      replaced_at timestamptz(3) not null,
      lost_at timestamptz(3),
      primary key (tenant, file_id, version),
      foreign key (tenant, file_id) references bkend.files (tenant, id) on delete cascade
    )`);
  await run('create unique index versions_by_object_key on bkend.versions (tenant, object_key)');
  await run('create index versions_by_age on bkend.versions (tenant, replaced_at)');

  await run(`
    create function bkend.take_versions(of_tenant text, of_file uuid) returns setof bkend.versions
    language sql volatile as $$
      delete from bkend.versions where tenant = of_tenant and file_id = of_file returning *
    $$`);
}
