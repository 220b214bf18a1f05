import { type RawBuilder, sql } from 'kysely';
import { pendingPrefix, readObjectKey } from '../files/file-key.ts';
import type { KnownKey, Upkeep } from '../files/upkeep.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Database } from './database.ts';
import { afterLatePut, atOnce } from './files/purge-times.ts';
import { queuePurges } from './files/queue-purges.ts';
import { removingFiles } from './files/record-change.ts';
import { foldUsage } from './usage-ledger.ts';

/** What the jobs do in the database, in all tenants at once; each is one statement. */
export function createUpkeep(database: Database): Upkeep {
  return {
    foldUsage: (limit) => foldUsage(database, limit),

    async expireUploads({ now, limit }) {
      const [row] = await database.rows(sql<{ expired: number }>`
        with due as materialized (
          select tenant, key from bkend.uploads where expires_at <= ${now} and coalesce(lease_until <= ${now}, true)
          order by expires_at limit ${limit} for update skip locked
        ),
        expired as (
          delete from bkend.uploads using due
          where uploads.tenant = due.tenant and uploads.key = due.key
          returning uploads.*
        ),
        queued as (
          ${queuePurges(sql`
            select tenant, case when is_pending then ${pendingPrefix} || key else key end, multipart_id, ${atOnce},
              case when multipart_id is null then coalesce(url_ends_at, expires_at) + ${afterLatePut} end
            from expired`)}
        )
        select count(*) as expired from expired`);
      return row?.expired ?? 0;
    },

    async expireTempFiles({ createdBefore, limit }) {
      const which = sql`
        select * from bkend.files where category = 'temp' and created_at < ${createdBefore}
        order by created_at limit ${limit} for update skip locked`;
      return countRemoved(database, removingFiles(which, { bytes: 'purged' }));
    },

    async removeLostFiles(files) {
      const tenants = files.map(({ tenant }) => tenant);
      const ids = files.map(({ id }) => id);
      const which = sql`
        select files.*
        from bkend.files
        join unnest(${tenants}::text[], ${ids}::uuid[]) as lost (tenant, id)
          on files.tenant = lost.tenant and files.id = lost.id
        order by files.tenant, files.id for update of files`;
      return countRemoved(database, removingFiles(which, { bytes: 'lost' }));
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
 * Three indexes merged: what is known below the tenants' prefixes, `_pending/` aside. A key begins with its tenant and a
 * slash, and no tenant is the beginning of another, so that the order by tenant and key is the order by key; and a copy of a
 * file comes right after the file's own key.
 */
function knownKeysStatement(after: string | undefined, limit: number): RawBuilder<KnownKeyRow> {
  const { tenant = '', key = '' } = (after && readObjectKey(after)) || {};
  const from = (table: string, columns: RawBuilder<unknown>, objectKey = sql`key`) => sql`(
    select ${columns}, created_at, tenant, ${objectKey} as key from ${sql.table(table)}
    where (tenant, key) >= (${tenant}, ${key}) and ${objectKey} > ${after ?? ''} and starts_with(key, tenant)
    order by tenant, ${sql.table(table)}.key limit ${sql.lit(limit)}
  )`;
  return sql<KnownKeyRow>`
    select distinct on (tenant, key) * from (
      ${from('bkend.files', sql`'file' as kind, id`, sql`coalesce(object_key, key)`)}
      union all ${from('bkend.uploads', sql`'upload', null::uuid`)}
      union all ${from('bkend.purges', sql`'purge', null::uuid`)}
    ) as known
    order by tenant, key, kind limit ${limit}`;
}
