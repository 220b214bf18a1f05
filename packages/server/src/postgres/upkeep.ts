import { type RawBuilder, sql } from 'kysely';
import type { KnownKey, Upkeep } from '../files/upkeep.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Database } from './database.ts';
import { purging, removing } from './remove-files.ts';
import { foldUsage } from './usage-ledger.ts';

/** What the jobs do in the database, in all tenants at once; each is one statement. */
export function createUpkeep(database: Database): Upkeep {
  return {
    foldUsage: (limit) => foldUsage(database, limit),

    async expireUploads({ now, limit }) {
      const [row] = await database.rows(sql<{ expired: number }>`
        with due as materialized (
          select tenant, key from bkend.uploads where expires_at <= ${now}
          order by expires_at limit ${limit} for update skip locked
        ),
        expired as (
          delete from bkend.uploads using due
          where uploads.tenant = due.tenant and uploads.key = due.key
          returning uploads.*
        ),
        queued as (
          insert into bkend.purges (tenant, key, multipart_id) select tenant, key, multipart_id from expired
          on conflict do nothing
        )
        select count(*) as expired from expired`);
      return row?.expired ?? 0;
    },

    async expireTempFiles({ createdBefore, limit }) {
      const doomed = sql`
        select tenant, id from bkend.files where category = 'temp' and created_at < ${createdBefore}
        order by created_at limit ${limit} for update skip locked`;
      return countRemoved(database, sql`${removing(doomed)}, ${purging}`);
    },

    async removeLostFiles(files) {
      const tenants = files.map(({ tenant }) => tenant);
      const ids = files.map(({ id }) => id);
      const doomed = sql`
        select files.tenant, files.id
        from bkend.files
        join unnest(${tenants}::text[], ${ids}::uuid[]) as lost (tenant, id)
          on files.tenant = lost.tenant and files.id = lost.id
        order by files.tenant, files.id for update of files`;
      return countRemoved(database, removing(doomed));
    },

    async knownKeys({ after, limit }) {
      const rows = await database.rows(knownKeysStatement(after, limit));
      return rows.map(({ kind, key, created_at: createdAt, tenant, id }) =>
        id === null ? { key, kind, createdAt } : { key, kind, createdAt, file: { tenant, id } },
      );
    },

    async knownMultipartIds(ids) {
      const rows = await database.rows(sql<{ multipart_id: string }>`
        select multipart_id from bkend.uploads where multipart_id = any (${ids}::text[])
        union
        select multipart_id from bkend.purges where multipart_id = any (${ids}::text[])`);
      return new Set(rows.map((row) => row.multipart_id));
    },
  };
}

async function countRemoved(database: Database, tables: RawBuilder<unknown>): Promise<number> {
  const [row] = await database.rows(
    sql<{ removed: number }>`with ${tables} select count(*) as removed from removed`,
  );
  return row?.removed ?? 0;
}

interface KnownKeyRow {
  readonly key: string;
  readonly kind: KnownKey['kind'];
  readonly created_at: Date;
  readonly tenant: Tenant;
  readonly id: string | null;
}

/**
 * Three indexes merged. A key begins with its tenant and a slash, and no tenant is the beginning of another, so that the
 * order by tenant and key is the order by key.
 */
function knownKeysStatement(after: string | undefined, limit: number): RawBuilder<KnownKeyRow> {
  const tenant = after === undefined ? '' : after.split('/', 2).join('/');
  const from = (table: string, columns: RawBuilder<unknown>) => sql`(
    select ${columns}, created_at, tenant, key from ${sql.table(table)}
    where (tenant, key) > (${tenant}, ${after ?? ''})
    order by tenant, key limit ${sql.lit(limit)}
  )`;
  return sql<KnownKeyRow>`
    select distinct on (tenant, key) * from (
      ${from('bkend.files', sql`'file' as kind, id`)}
      union all ${from('bkend.uploads', sql`'upload', null::uuid`)}
      union all ${from('bkend.purges', sql`'purge', null::uuid`)}
    ) as known
    order by tenant, key, kind limit ${limit}`;
}
