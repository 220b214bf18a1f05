import { type Kysely, sql } from 'kysely';

/**
 * What empties the trash: the files in it by age, an index that is small however large the table is; and the trashes that a
 * client has asked to be emptied of what was put there by an instant, while files are left. The trash of a whole tenant has
 * the owner ''.
 *
 * Shares that no longer give access are removed by a trigger. A part of the statement that changes a file could not see those
 * that another statement inserts while this one waits for the file, and which it commits first: they would stay.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`create index files_in_trash on bkend.files (tenant, deleted_at) where visibility = 'trashed'`);
  await run(`
    create table bkend.trash_emptyings (
      tenant text collate "C" not null,
      owner_id text collate "C" not null,
      owner_type text collate "C" not null,
      trashed_by timestamptz(3) not null,
      primary key (tenant, owner_id, owner_type)
    )`);

  await run(`
    create function bkend.remove_shares() returns trigger language plpgsql as $$
      begin
        delete from bkend.shares
        where tenant = new.tenant and file_id = new.id
          and not (new.visibility = 'shared' and user_id = any (new.shared_with));
        return null;
      end
    $$`);
  await run(`
    create trigger remove_shares after update of visibility, shared_with on bkend.files for each row
    when (old.visibility = 'shared' and (old.visibility, old.shared_with) is distinct from (new.visibility, new.shared_with))
    execute function bkend.remove_shares()`);
}
