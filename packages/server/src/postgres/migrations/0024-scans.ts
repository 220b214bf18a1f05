import { type Kysely, sql } from 'kysely';

/**
 * Files whose bytes wait for a scan, refused files, and new contents that are scanned before they are a file's.
 *
 * The row of a pending file has the visibility `unscanned`, and its own in `visibility_before_trash`: no list, count or look-up of
 * others' files names it, in processes of the version before neither. A trigger keeps it so whatever a statement, or a process of the
 * version before, sets.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    alter table bkend.files add column scan text collate "C" check (scan in ('pending', 'passed'))`);
  await run(`
    alter table bkend.versions add column scan text collate "C" check (scan in ('passed'))`);
  await run(`create index files_to_scan on bkend.files (tenant, id) where scan = 'pending'`);

  await run(`
    create function bkend.keep_unscanned() returns trigger language plpgsql as $$
      begin
        if new.visibility <> 'trashed' then
          new.visibility_before_trash := new.visibility;
          new.visibility := 'unscanned';
        elsif new.visibility_before_trash = 'unscanned' then
          new.visibility_before_trash := old.visibility_before_trash;
        end if;
        return new;
      end
    $$`);
  await run(`
    create trigger keep_unscanned_created before insert on bkend.files for each row
    when (new.scan = 'pending' and new.visibility not in ('unscanned', 'trashed'))
    execute function bkend.keep_unscanned()`);
  await run(`
    create trigger keep_unscanned_changed before update of visibility, scan on bkend.files for each row
    when (new.scan = 'pending' and new.visibility <> 'unscanned')
    execute function bkend.keep_unscanned()`);

  await run(`
    create table bkend.refused_files (
      tenant text collate "C" not null,
      file_id uuid not null,
      owner_id text collate "C" not null,
      owner_type text collate "C" not null,
      reason text not null,
      refused_at timestamptz(3) not null,
      primary key (tenant, file_id)
    )`);
  await run(`
    create table bkend.content_scans (
      tenant text collate "C" not null,
      object_key text collate "C" not null,
      asked_at timestamptz(3) not null,
      outcome text collate "C" check (outcome in ('passed', 'refused')),
      reason text,
      primary key (tenant, object_key)
    )`);
}
