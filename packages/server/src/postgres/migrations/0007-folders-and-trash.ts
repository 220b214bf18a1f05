import { type Kysely, sql } from 'kysely';

/**
 * Files lie in folders, sort by name as people expect, can be in the trash, and count their contents.
 *
 * A file in the trash has the visibility `trashed`, and its own in `visibility_before_trash`: no list, count or look-up
 * enumerates `trashed`, in processes of the version before neither. `sort_name` is what `files/sort-name.ts` makes of the
 * name; it is '' until the job `fill-sort-names` has filled it. Processes of the version before insert rows without it, and
 * rename files without knowing it: then a trigger empties it again. They insert shares without a folder, too, which the job
 * fills with the name.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    alter table bkend.files
      add folder text collate "C" not null default '',
      add sort_name text collate "C" not null default '',
      add deleted_at timestamptz(3),
      add visibility_before_trash text collate "C",
      add version integer not null default 1`);
  await run(`
    alter table bkend.shares
      add folder text collate "C" not null default '',
      add sort_name text collate "C" not null default ''`);
  await run(`alter table bkend.uploads add folder text collate "C" not null default ''`);

  await run(`
    create function bkend.clear_sort_name() returns trigger language plpgsql as $$
      begin
        new.sort_name := '';
        return new;
      end
    $$`);
  for (const table of ['files', 'shares']) {
    await run(`
      create trigger clear_sort_name before update of original_name on bkend.${table} for each row
      when (new.original_name <> old.original_name and new.sort_name = old.sort_name)
      execute function bkend.clear_sort_name()`);
  }

  // What a list by name reads, with the name as it sorts now.
  await run('drop index bkend.files_by_original_name');
  await run('drop index bkend.files_of_owner_by_original_name');
  await run('drop index bkend.shares_of_user_by_original_name');
  await run('create index files_by_sort_name on bkend.files (tenant, visibility, sort_name, id)');
  await run(
    'create index files_of_owner_by_sort_name on bkend.files (tenant, owner_id, visibility, sort_name, id)',
  );
  await run('create index shares_of_user_by_sort_name on bkend.shares (tenant, user_id, sort_name, file_id)');

  // What a list of one folder reads, and, folder after folder, one of a folder and all below it.
  for (const field of ['created_at', 'sort_name']) {
    await run(
      `create index files_in_folder_by_${field} on bkend.files (tenant, folder, visibility, ${field}, id)`,
    );
    await run(
      `create index files_of_owner_in_folder_by_${field} on bkend.files (tenant, owner_id, folder, visibility, ${field}, id)`,
    );
    await run(
      `create index shares_of_user_in_folder_by_${field} on bkend.shares (tenant, user_id, folder, ${field}, file_id)`,
    );
  }

  await run(`create index files_without_sort_name on bkend.files (tenant, id) where sort_name = ''`);
  await run(`create index shares_without_sort_name on bkend.shares (tenant, file_id) where sort_name = ''`);
}
