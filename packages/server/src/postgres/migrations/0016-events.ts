import { type Kysely, sql } from 'kysely';

/**
 * Events of files and uploads, and the users besides the owner who may see each. Both tables have a partition for each of six weeks in turn, so
 * that a week past its life is dropped by a truncation; none has to be made in time. `event_clock` has one row:
 * what is added to transaction ids, which start low again where a dump is restored into another cluster; and the highest id of an
 * event that has been reached, by which that is found out.
 *
 * The id of an event begins with the id of its transaction: all below that of the oldest open transaction will change no more.
 * `file` and `data` are of type `json`: `jsonb` refuses texts that metadata may hold.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    create table bkend.event_clock (
      transaction_offset bigint not null default 0,
      reached bigint not null default 0
    )`);
  await run('insert into bkend.event_clock default values');
  await run(`
    create table bkend.events (
      id bigint not null,
      slot smallint not null,
      tenant text collate "C" not null,
      type text collate "C" not null,
      created_at timestamptz(3) not null,
      owner_id text collate "C",
      owner_type text collate "C",
      readers text[],
      file_id uuid,
      file json,
      data json,
      primary key (tenant, id, slot)
    ) partition by list (slot)`);
  await run(`
    create index events_of_owner on bkend.events (tenant, owner_id, id) where owner_type = 'user'`);
  // Tiny, and all but free to keep: what drops old events asks by it whether there are any.
  await run('create index events_by_age on bkend.events using brin (created_at)');
  await run(`
    create table bkend.event_readers (
      tenant text collate "C" not null,
      user_id text collate "C" not null,
      id bigint not null,
      slot smallint not null,
      primary key (tenant, user_id, id, slot)
    ) partition by list (slot)`);
  for (let slot = 0; slot < 6; slot += 1) {
    await run(`create table bkend.events_${slot} partition of bkend.events for values in (${slot})`);
    await run(
      `create table bkend.event_readers_${slot} partition of bkend.event_readers for values in (${slot})`,
    );
  }
}
