import { type Kysely, sql } from 'kysely';

/**
 * Operations on the files of a folder or of an owner. `owner_id` and `owner_type` name whose files they change, null those of all
 * owners; `folder` is null where they lie in any. `due_at` is when the next batch is done.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    create table bkend.operations (
      tenant text collate "C" not null,
      id uuid not null,
      kind text collate "C" not null,
      starter_id text collate "C" not null,
      starter_type text collate "C" not null,
      owner_id text collate "C",
      owner_type text collate "C",
      folder text collate "C",
      destination text collate "C",
      state text collate "C" not null default 'running',
      total bigint not null,
      done bigint not null default 0,
      failed bigint not null default 0,
      attempts integer not null default 0,
      created_at timestamptz(3) not null,
      updated_at timestamptz(3) not null,
      due_at timestamptz(3) not null,
      primary key (tenant, id)
    )`);
  await run(`create index operations_by_due on bkend.operations (due_at) where state = 'running'`);
  await run(`create index operations_by_end on bkend.operations (updated_at) where state <> 'running'`);
}
