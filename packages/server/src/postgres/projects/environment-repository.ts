import { sql } from 'kysely';
import { projectOf, type Tenant } from '../../identity/tenant.ts';
import type { Environment, Project } from '../../projects/environment.ts';
import { readStoredSettings } from '../../projects/environment-settings.ts';
import { beingDeleted, nameNotFree, nameReuseDays } from '../../projects/name-reuse.ts';
import type { EnvironmentRepository } from '../../projects/ports.ts';
import { settingNames } from '../../projects/settings-table.ts';
import type { Database } from '../database/database.ts';
import { channels } from '../notifications.ts';

/** Held while home is moved, so that concurrent commands move it one after the other. */
const homeLock = 7_205_349_813;

/** Largest number of audiences of other environments that are read; one is enough to need the claim. */
const maxRivals = 1_000;

/** Projects and environments in PostgreSQL. */
export function createEnvironmentRepository(database: Database): EnvironmentRepository {
  const notify = sql`pg_notify(${channels.environments}, '')`;
  return {
    async find(tenant) {
      const [row] = await database.prepared(
        sql<EnvironmentRow>`${selectEnvironments} where mine.tenant = ${tenant}`,
      );
      return row && readEnvironment(row);
    },

    async findHome() {
      const [row] = await database.prepared(sql<EnvironmentRow>`${selectEnvironments} where mine.is_home`);
      return row && readEnvironment(row);
    },

    async list() {
      const rows = await database.rows(sql<EnvironmentRow>`${selectEnvironments} order by mine.tenant`);
      return rows.map(readEnvironment);
    },

    async create({ tenant, id, at }) {
      await requireFreeName(database, [projectOf(tenant), tenant], at);
      const [row] = await database.rows(sql<{ notified: unknown }>`
        with project as (
          insert into bkend.projects (name, created_at) values (${projectOf(tenant)}, ${at})
          on conflict do nothing
        ), made as (
          insert into bkend.environments (tenant, id, tokens_from, created_at)
          values (${tenant}, ${id}, ${at}, ${at})
          on conflict do nothing
          returning tenant
        )
        select ${notify} as notified from made`);
      return row !== undefined;
    },

    change: (tenant, decide) =>
      database.transaction(async (transaction) => {
        await sql`select pg_advisory_xact_lock(${homeLock})`.execute(transaction);
        const select = sql<EnvironmentRow>`${selectEnvironments} where mine.tenant = ${tenant}`;
        const [row] = (await select.execute(transaction)).rows;
        if (row === undefined) return undefined;
        const { settings, tokenSources, homeSince } = decide(readEnvironment(row));
        if (homeSince !== undefined) {
          await sql`update bkend.environments set is_home = false, home_since = null where is_home`.execute(
            transaction,
          );
        }
        await sql`
          update bkend.environments set
            settings = (settings - ${[...settingNames]}::text[]) || ${JSON.stringify(settings)},
            token_sources = ${tokenSources},
            is_home = is_home or ${homeSince !== undefined},
            home_since = coalesce(${homeSince ?? null}, home_since)
          where tenant = ${tenant}`.execute(transaction);
        await sql`select ${notify}`.execute(transaction);
        const [changed] = (await select.execute(transaction)).rows;
        return changed && readEnvironment(changed);
      }),

    async listOpenTokens() {
      return database.rows(sql<{ tenant: Tenant; until: Date }>`
        select tenant, open_tokens_until as until from bkend.environments
        where open_tokens_until > now() order by tenant`);
    },

    async closeTokens() {
      const rows = await database.rows(sql<{ tenant: Tenant }>`
        with open as (
          select tenant from bkend.environments where open_tokens_until > now()
        ), closed as (
          update bkend.environments set open_tokens_until = null from open
          where environments.tenant = open.tenant
          returning environments.tenant
        )
        select tenant, ${notify} from closed order by tenant`);
      return rows.map(({ tenant }) => tenant);
    },

    async listOrigins() {
      const rows = await database.rows(sql<{ origin: string }>`
        select distinct origin
        from bkend.environments, jsonb_array_elements_text(
          case jsonb_typeof(settings -> 'corsOrigins')
            when 'array' then settings -> 'corsOrigins'
            when 'string' then jsonb_build_array(settings -> 'corsOrigins')
            else '[]'
          end
        ) as origin`);
      return rows.map(({ origin }) => origin);
    },

    async listProjects() {
      const rows = await database.rows(
        sql<ProjectRow>`select name, label, created_at, deleting_since from bkend.projects order by name`,
      );
      return rows.map(readProject);
    },

    async createProject({ name, createdAt }) {
      await requireFreeName(database, [name], createdAt);
      const rows = await database.rows(sql`
        insert into bkend.projects (name, created_at) values (${name}, ${createdAt})
        on conflict do nothing returning name`);
      return rows.length > 0;
    },

    async labelProject(name, label) {
      const rows = await database.rows(
        sql`update bkend.projects set label = ${label} where name = ${name} returning name`,
      );
      return rows.length > 0;
    },
  };
}

/**
 * Refuses the name of an environment or project that is being deleted, or was less than 30 days ago.
 * @param names those of the project and, for an environment, its own
 */
async function requireFreeName(database: Database, names: readonly string[], at: Date): Promise<void> {
  const [taken] = await database.rows(sql<{ name: string; deleted_at: Date | null }>`
    select name, deleted_at from bkend.deleted_names
    where name = any (${names}) and deleted_at > ${at}::timestamptz - make_interval(days => ${sql.lit(nameReuseDays)})
    union all
    select name, null from bkend.projects where name = any (${names}) and deleting_since is not null
    union all
    select tenant, null from bkend.environments where tenant = any (${names}) and deleting_since is not null
    limit 1`);
  if (taken === undefined) return;
  throw taken.deleted_at === null ? beingDeleted(taken.name) : nameNotFree(taken.name, taken.deleted_at);
}

interface ProjectRow {
  readonly name: string;
  readonly label: string | null;
  readonly created_at: Date;
  readonly deleting_since: Date | null;
}

function readProject(row: ProjectRow): Project {
  return {
    name: row.name,
    ...(row.label !== null && { label: row.label }),
    createdAt: row.created_at,
    ...(row.deleting_since !== null && { deletingSince: row.deleting_since }),
  };
}

interface EnvironmentRow {
  readonly tenant: Tenant;
  readonly id: string;
  readonly settings: Record<string, unknown>;
  readonly is_home: boolean;
  readonly home_since: Date | null;
  readonly owns_first_secret: boolean;
  readonly tokens_from: Date | null;
  readonly open_tokens_until: Date | null;
  readonly created_at: Date;
  readonly deleting_since: Date | null;
  readonly rival_audiences: (string | null)[];
}

/** Columns are named, so that a later migration may add some while this version runs. */
const selectEnvironments = sql`
  select
    mine.tenant, mine.id, mine.settings, mine.is_home, mine.home_since, mine.owns_first_secret, mine.tokens_from,
    mine.open_tokens_until, mine.created_at, mine.deleting_since,
    array(
      select distinct other.settings #>> '{tokens,audience}'
      from bkend.environments as other
      where other.token_sources && mine.token_sources and other.tenant <> mine.tenant
      limit ${sql.lit(maxRivals)}
    ) as rival_audiences
  from bkend.environments as mine`;

function readEnvironment(row: EnvironmentRow): Environment {
  return {
    tenant: row.tenant,
    id: row.id,
    createdAt: row.created_at,
    settings: readStoredSettings(row.settings),
    isHome: row.is_home,
    ...(row.home_since !== null && { homeSince: row.home_since }),
    ownsFirstSecret: row.owns_first_secret,
    ...(row.tokens_from !== null && { tokensFrom: row.tokens_from }),
    ...(row.open_tokens_until !== null && { openTokensUntil: row.open_tokens_until }),
    ...(row.deleting_since !== null && { deletingSince: row.deleting_since }),
    rivalAudiences: row.rival_audiences.map((audience) => audience ?? undefined),
  };
}
