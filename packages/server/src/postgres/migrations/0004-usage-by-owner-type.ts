import { type Kysely, sql } from 'kysely';

/**
 * An owner is an id and a type, in the usage too: a service and a user of one id are two owners. What was counted under
 * the id alone counts as a user's until the files that say otherwise are moved, by deltas, which the totals are folded
 * from. A process of the version before goes on writing deltas without a type.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`alter table bkend.usage_deltas add owner_type text collate "C" not null default 'user'`);
  await run(`alter table bkend.usage_totals add owner_type text collate "C" not null default 'user'`);
  await run(`update bkend.usage_totals set owner_type = '' where owner_id = ''`);
  await run('alter table bkend.usage_totals drop constraint usage_totals_pkey');
  await run(
    'alter table bkend.usage_totals add primary key (tenant, owner_id, owner_type, visibility, category)',
  );
  await run(`
    insert into bkend.usage_deltas (tenant, owner_id, owner_type, visibility, category, files, bytes)
    select tenant, owner_id, type, visibility, category, sign * count(*), sign * sum(size_bytes)
    from bkend.files, lateral (values (owner_type, 1), ('user', -1)) as moved (type, sign)
    where owner_type <> 'user'
    group by tenant, owner_id, type, sign, visibility, category`);

  // A file that is shared with the user who has the id of the service that owns it.
  await run(`
    insert into bkend.shares (
      tenant, file_id, user_id, original_name, mime_type, size_bytes, created_at, updated_at
    )
    select tenant, id, owner_id, original_name, mime_type, size_bytes, created_at, updated_at
    from bkend.files
    where owner_type <> 'user' and visibility = 'shared' and owner_id = any (shared_with)
    on conflict do nothing`);
}
