import { type Kysely, sql } from 'kysely';

/** How long tokens that worked before the upgrade go on working, unless the operator ends it. */
const openTokensFor = '90 days';

/**
 * Projects and environments as rows, and what is shown of keys.
 *
 * Tenants of before become environments. Those with a live key keep taking the tokens they took, for a while
 * (`open_tokens_until`), and no token is too old for them (`tokens_from` is null). The one with live keys becomes home; of
 * several, `default/dev` or else the one with the oldest key. A new database gets `default/dev`, closed from its first moment;
 * tokens that an app's login issued before are not too old for it, since it is the first of its name.
 *
 * `token_sources` says what an environment's own settings verify tokens by, in a form in which two can be compared.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(db);

  await run(`
    create table bkend.projects (
      name text collate "C" primary key,
      created_at timestamptz(3) not null
    )`);
  await run(`
    create table bkend.environments (
      tenant text collate "C" primary key,
      project text collate "C" not null
        generated always as (split_part(tenant, '/', 1)) stored references bkend.projects (name),
      id uuid not null,
      settings jsonb not null default '{}',
      token_sources text[] not null default '{}',
      is_home boolean not null default false,
      home_since timestamptz(3),
      owns_first_secret boolean not null default false,
      tokens_from timestamptz(3),
      open_tokens_until timestamptz(3),
      created_at timestamptz(3) not null
    )`);
  await run('create unique index environments_home on bkend.environments (is_home) where is_home');
  await run('create index environments_by_token_source on bkend.environments using gin (token_sources)');
  await run('create index environments_by_project on bkend.environments (project)');

  // A table of its own: processes of the version before have prepared "select *" from that of keys.
  await run(`
    create table bkend.api_key_details (
      id uuid primary key,
      prefix text,
      last_used_at timestamptz(3)
    )`);

  await run(`
    create temporary table tenants on commit drop as
    select tenant, min(created_at) as created_at, coalesce(bool_or(is_live), false) as is_live
    from (
      select tenant, created_at, revoked_at is null and (expires_at is null or expires_at > now()) as is_live
      from bkend.api_keys
      union all select tenant, created_at, false from bkend.files
      union all select tenant, created_at, false from bkend.uploads
    ) as traces
    group by tenant`);
  await run(`
    insert into bkend.projects (name, created_at)
    select split_part(tenant, '/', 1), min(created_at) from tenants group by 1`);
  await run(`
    insert into bkend.environments (tenant, id, created_at, open_tokens_until)
    select tenant, gen_random_uuid(), created_at, case when is_live then now() + interval '${openTokensFor}' end
    from tenants`);
  await run(`
    update bkend.environments set is_home = true, owns_first_secret = true
    where tenant = (
      select tenant from tenants
      order by is_live desc, tenant = 'default/dev' desc, created_at, tenant limit 1
    )`);
  await run(`
    with first as (
      insert into bkend.projects (name, created_at)
      select 'default', now() where not exists (select from bkend.environments)
      returning name
    )
    insert into bkend.environments (tenant, id, is_home, created_at)
    select name || '/dev', gen_random_uuid(), true, now() from first`);
}
