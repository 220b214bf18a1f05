import { type Kysely, sql } from 'kysely';

/**
 * The files that an operation is still to change, as they were found when it began: what comes into the folder later is none of
 * its business. `tried` counts those that it has been through, changed or not. Operations that are running get their files by the
 * rule of before: created before the call, and in the folder now.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    create table bkend.operation_files (
      operation_id uuid not null,
      file_id uuid not null,
      primary key (operation_id, file_id)
    )`);
  await run('alter table bkend.operations add column tried bigint not null default 0');
  await run(`
    insert into bkend.operation_files (operation_id, file_id)
    select operations.id, files.id
    from bkend.operations join bkend.files on files.tenant = operations.tenant
      and (operations.owner_id is null
        or (files.owner_id = operations.owner_id and files.owner_type = operations.owner_type))
      and files.created_at <= operations.created_at
      and (operations.kind = 'delete-all' or files.visibility <> 'trashed')
      and (operations.folder is null or files.folder = operations.folder
        or starts_with(files.folder, operations.folder || '/'))
    where operations.state = 'running'`);
  await run(`
    update bkend.operations set tried = done, total = done + (
      select count(*) from bkend.operation_files where operation_id = operations.id)
    where state = 'running'`);
}
