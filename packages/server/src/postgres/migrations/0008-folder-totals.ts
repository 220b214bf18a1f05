import { type Kysely, sql } from 'kysely';

/**
 * Totals of folders and of facets, beside those of usage and folded from the same deltas, which get what they need for it.
 *
 * A process of the version before writes deltas without it (`mime_type` is null), and folds deltas without counting folders and
 * facets. Either leaves its tenant in `stale_totals`, and a job counts that tenant's totals again.
 *
 * `folder_totals.folder` has U+0001 between the names of a path, and so has `kept_folders.folder`: no name holds it and it sorts
 * before all that they hold, so that a folder and all below it are one range of the index. The folder of `facet_totals` is a path,
 * or '/' for all folders together. The owner '' is the whole tenant, as in `usage_totals`.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    alter table bkend.usage_deltas
      add folder text collate "C" not null default '',
      add mime_type text collate "C",
      add month text collate "C",
      add tags text[]`);
  await run(`
    create table bkend.folder_totals (
      tenant text collate "C" not null,
      owner_id text collate "C" not null,
      owner_type text collate "C" not null,
      visibility text collate "C" not null,
      folder text collate "C" not null,
      files bigint not null,
      bytes bigint not null,
      primary key (tenant, owner_id, owner_type, visibility, folder)
    )`);
  await run(`
    create table bkend.facet_totals (
      tenant text collate "C" not null,
      owner_id text collate "C" not null,
      owner_type text collate "C" not null,
      folder text collate "C" not null,
      visibility text collate "C" not null,
      facet text collate "C" not null,
      value text collate "C" not null,
      files bigint not null,
      primary key (tenant, owner_id, owner_type, folder, visibility, facet, value)
    )`);
  await run(`
    create table bkend.kept_folders (
      tenant text collate "C" not null,
      owner_id text collate "C" not null,
      owner_type text collate "C" not null,
      folder text collate "C" not null,
      created_at timestamptz(3) not null,
      primary key (tenant, owner_id, owner_type, folder)
    )`);
  await run('create index kept_folders_of_tenant on bkend.kept_folders (tenant, folder)');
  await run(
    `create index shares_of_user_by_folder on bkend.shares (tenant, user_id, replace(folder, '/', e'\\x01'))`,
  );

  // How often a tenant was marked tells a mark of before a count from one of after it.
  await run(`
    create table bkend.stale_totals (
      tenant text collate "C" primary key,
      marks bigint not null default 1
    )`);
  await run(`
    create function bkend.mark_stale_totals() returns trigger language plpgsql as $$
      begin
        if current_setting('bkend.folds_all_totals', true) is distinct from 'on' then
          insert into bkend.stale_totals as stale (tenant) select distinct tenant from folded order by tenant
          on conflict (tenant) do update set marks = stale.marks + 1;
        end if;
        return null;
      end
    $$`);
  await run(`
    create trigger mark_stale_totals after delete on bkend.usage_deltas referencing old table as folded
    for each statement execute function bkend.mark_stale_totals()`);

  const whose = `lateral (values (owner_id, owner_type), ('', '')) as whose (owner, type)`;
  await run(`
    insert into bkend.folder_totals (tenant, owner_id, owner_type, visibility, folder, files, bytes)
    select tenant, owner, type, visibility, replace(folder, '/', e'\\x01'), count(*), sum(size_bytes)
    from bkend.files, ${whose}
    group by 1, 2, 3, 4, 5`);
  for (const [facet, value] of [
    ['category', 'select category'],
    ['mimeType', `select split_part(mime_type, ';', 1)`],
    ['month', `select to_char(created_at at time zone 'UTC', 'YYYY-MM') collate "C"`],
    ['tag', `select distinct unnest(tags) collate "C"`],
  ]) {
    await run(`
      insert into bkend.facet_totals (tenant, owner_id, owner_type, folder, visibility, facet, value, files)
      select tenant, owner, type, place, visibility, '${facet}', value, count(*)
      from bkend.files, ${whose}, lateral (values (folder), ('/')) as places (place), lateral (${value}) as facet (value)
      group by 1, 2, 3, 4, 5, 7`);
  }
}
