import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Tenant } from '../../identity/tenant.ts';
import type { Deletion, DeletionRepository } from '../../projects/ports.ts';
import type { Database } from '../database/database.ts';
import { removingFiles } from '../files/record-change.ts';
import { channels } from '../notifications.ts';
import { endingUploads } from '../uploads/end-uploads.ts';

/**
 * The deletion of environments and projects in PostgreSQL. Files are removed by `record-change.ts`, as by every other caller, which queues
 * the purge of their bytes. Afterwards the rows of every other table with a tenant go, whatever tables there are: what a later version
 * adds is deleted, too. Purges stay until the store has done them.
 */
export function createDeletionRepository(database: Database): DeletionRepository {
  const notify = sql`pg_notify(${channels.environments}, '')`;
  const mark = (which: RawBuilder<boolean>, at: Date) => sql`
    update bkend.environments set deleting_since = ${at},
      files_at_deletion = (select files from bkend.count_usage(tenant, '', ''))
    where ${which} and deleting_since is null
    returning tenant`;
  return {
    begin: (tenant, at) =>
      database.transaction(async (transaction) => {
        const found = await selectEnvironments(transaction, sql`tenant = ${tenant}`);
        if (found.length === 0) return 'unknown';
        if (found.some(({ is_home }) => is_home)) return 'home';
        await silenceWebhooks(transaction, mark(sql`tenant = ${tenant}`, at));
        await sql`select ${notify}`.execute(transaction);
        return 'begun';
      }),

    beginProject: (name, at) =>
      database.transaction(async (transaction) => {
        const { rows } = await sql`select from bkend.projects where name = ${name} for update`.execute(
          transaction,
        );
        if (rows.length === 0) return 'unknown';
        const found = await selectEnvironments(transaction, sql`project = ${name}`);
        if (found.some(({ is_home }) => is_home)) return 'home';
        await sql`
          update bkend.projects set deleting_since = coalesce(deleting_since, ${at}) where name = ${name}`.execute(
          transaction,
        );
        await silenceWebhooks(transaction, mark(sql`project = ${name}`, at));
        await sql`select ${notify}`.execute(transaction);
        return 'begun';
      }),

    async list() {
      return database.rows(sql<Deletion>`
        select tenant, deleting_since as since, coalesce(files_at_deletion, 0)::float8 as "filesAtStart",
          (select files from bkend.count_usage(tenant, '', ''))::float8 as "filesLeft"
        from bkend.environments where deleting_since is not null order by tenant`);
    },

    async removeNext(tenant, limit) {
      const ended = await countOf(sql`
        with ${endingUploads(sql`
          select tenant, key from bkend.uploads where tenant = ${tenant} order by key limit ${limit} for update`)}
        select count(*)::int as count from ended`);
      const removed = await countOf(sql`
        with ${removingFiles(
          sql`select * from bkend.files where tenant = ${tenant} order by id limit ${limit} for update`,
          { bytes: 'purged' },
        )}
        select count(*)::int as count from removed`);
      if (ended + removed > 0) return ended + removed;
      let others = 0;
      for (const table of await tenantTables(database)) {
        others += await countOf(removing(table, { tenant, limit }));
      }
      return others;
    },

    finish: (tenant, at) =>
      database.transaction(async (transaction) => {
        await sql`select from bkend.environments where tenant = ${tenant} for update`.execute(transaction);
        const { rows } = await sql<{ isBusy: boolean }>`
          select exists (select from bkend.uploads where tenant = ${tenant})
            or exists (select from bkend.files where tenant = ${tenant})
            or exists (
              select from bkend.purges where tenant = ${tenant} and (due_at <= ${at}::timestamptz or attempts > 0)
            ) as "isBusy"`.execute(transaction);
        if (rows[0]?.isBusy !== false) return false;
        for (const table of await tenantTables(database)) {
          await removing(table, { tenant }).execute(transaction);
        }
        await sql`
          with keys as (delete from bkend.api_keys where tenant = ${tenant} returning id)
          delete from bkend.api_key_details using keys where api_key_details.id = keys.id`.execute(
          transaction,
        );
        await sql`
          with gone as (delete from bkend.environments where tenant = ${tenant} returning tenant)
          ${keepingNames(sql`select tenant, ${at}::timestamptz from gone`)}`.execute(transaction);
        await sql`select ${notify}, pg_notify(${channels.keys}, '')`.execute(transaction);
        return true;
      }),

    async finishProjects(at) {
      await database.rows(sql`
        with gone as (
          delete from bkend.projects
          where deleting_since is not null and not exists (select from bkend.environments where project = projects.name)
          returning name
        )
        ${keepingNames(sql`select name, ${at}::timestamptz from gone`)}`);
    },
  };

  async function countOf(statement: RawBuilder<unknown>): Promise<number> {
    const [row] = await database.rows(statement as RawBuilder<{ count: number }>);
    return row?.count ?? 0;
  }
}

/** Tables whose rows are not deleted as those of every other table with a tenant; the audit log outlives its environment. */
const treatedOtherwise = [
  ...['environments', 'api_keys', 'files', 'uploads', 'versions', 'shares', 'purges'],
  'audit_log',
];

/** The tables that have a tenant, partitions by themselves. */
async function tenantTables(database: Database): Promise<string[]> {
  const rows = await database.rows(sql<{ name: string }>`
    select pg_class.relname as name
    from pg_class
      join pg_namespace on pg_namespace.oid = pg_class.relnamespace
      join pg_attribute on pg_attribute.attrelid = pg_class.oid
    where pg_namespace.nspname = 'bkend' and pg_class.relkind = 'r' and pg_attribute.attname = 'tenant'
      and pg_class.relname <> all (${treatedOtherwise})
    order by name`);
  return rows.map(({ name }) => name);
}

/** Removes rows of a tenant, all or at most `limit`. */
function removing(
  table: string,
  { tenant, limit }: { readonly tenant: Tenant; readonly limit?: number },
): RawBuilder<unknown> {
  const rows = sql.table(`bkend.${table}`);
  return sql`
    with gone as (
      delete from ${rows} where ctid = any (array(
        select ctid from ${rows} where tenant = ${tenant} ${limit === undefined ? sql`` : sql`limit ${limit}`}
      ))
      returning 1
    )
    select count(*)::int as count from gone`;
}

function keepingNames(names: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into bkend.deleted_names (name, deleted_at) ${names}
    on conflict (name) do update set deleted_at = excluded.deleted_at`;
}

async function selectEnvironments(
  transaction: Kysely<unknown>,
  which: RawBuilder<boolean>,
): Promise<{ readonly is_home: boolean }[]> {
  const select = sql<{ is_home: boolean }>`select is_home from bkend.environments where ${which} for update`;
  return (await select.execute(transaction)).rows;
}

/** Nothing of a deletion is delivered. */
async function silenceWebhooks(transaction: Kysely<unknown>, marking: RawBuilder<unknown>): Promise<void> {
  await sql`
    with marked as (${marking})
    update bkend.webhooks set is_disabled = true from marked where webhooks.tenant = marked.tenant`.execute(
    transaction,
  );
}
