import { type Kysely, sql } from 'kysely';

/**
 * The last event `quota.reached` of each quota of each account, so that refusals within the hour write no other; rows are of no use
 * after it. The trigger names the account that it refuses.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);
  await run(`
    create table bkend.quotas_reached (
      tenant text collate "C" not null,
      owner_id text collate "C" not null,
      owner_type text collate "C" not null,
      quota text collate "C" not null,
      reached_at timestamptz(3) not null,
      primary key (tenant, owner_id, owner_type, quota)
    )`);
  await run(`
    do $migrate$
      declare
        former constant text := pg_get_functiondef('bkend.keep_quotas'::regproc);
        changed constant text := replace(former, '''quota'', case', '''tenant'', account.tenant,
              ''ownerId'', account.owner, ''ownerType'', account.type, ''quota'', case');
      begin
        if changed = former then
          raise exception 'the function keep_quotas is not as it was';
        end if;
        execute changed;
      end
    $migrate$`);
}
