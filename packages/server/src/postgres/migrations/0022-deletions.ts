import { type Kysely, sql } from 'kysely';

/**
 * Environments and projects that are being deleted, and the names of those that are gone, which are free again after a while.
 * Projects have a label, which may change.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);
  await run(`
    alter table bkend.environments
      add column deleting_since timestamptz(3),
      add column files_at_deletion bigint`);
  await run('alter table bkend.projects add column label text, add column deleting_since timestamptz(3)');
  await run(`
    create table bkend.deleted_names (
      name text collate "C" primary key,
      deleted_at timestamptz(3) not null
    )`);
}
