import { type RawBuilder, sql } from 'kysely';
import { readObjectKey } from '../files/file-key.ts';
import type { KnownKey, Upkeep } from '../files/upkeep.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Database } from './database.ts';
import { mendFiles, namedFiles } from './files/mend-files.ts';
import { removingFiles } from './files/record-change.ts';
import { endingUploads } from './uploads/end-uploads.ts';
import { foldUsage } from './usage-ledger.ts';

/** What the jobs do in the database, in all tenants at once; each is one statement. */
export function createUpkeep(database: Database): Upkeep {
  return {
    ...mendFiles(database),
    foldUsage: (limit) => foldUsage(database, limit),

    async expireUploads({ now, limit }) {
      const [row] = await database.rows(sql<{ expired: number }>`
        with ${endingUploads(sql`
          select tenant, key from bkend.uploads where expires_at <= ${now} and coalesce(lease_until <= ${now}, true)
          order by expires_at limit ${limit} for update skip locked`)}
        select count(*) as expired from ended`);
      return row?.expired ?? 0;
    },

    async expireTempFiles({ createdBefore, limit }) {
      const which = sql`
        select * from bkend.files where category = 'temp' and created_at < ${createdBefore}
        order by created_at limit ${limit} for update skip locked`;
      return countRemoved(database, removingFiles(which, { bytes: 'purged' }));
    },

    async removeLostFiles(files) {
      return countRemoved(database, removingFiles(namedFiles(files), { bytes: 'lost' }));
    },

    async knownTenants() {
      const rows = await database.rows(knownTenantsStatement);
      return rows.map(({ tenant }) => tenant);
    },

    async knownKeys({ tenant, after, limit }) {
      const rows = await database.rows(knownKeysStatement(tenant, after, limit));
      return rows.map(readKnownKey);
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
  readonly etag: string;
  readonly size_bytes: number;
  readonly is_lost: boolean;
}

function readKnownKey({ kind, key, created_at: createdAt, ...row }: KnownKeyRow): KnownKey {
  if (row.id === null) return { key, kind, createdAt };
  const { tenant, id, etag, size_bytes: sizeBytes, is_lost: isLost } = row;
  return { key, kind, createdAt, file: { tenant, id, etag, sizeBytes, isLost } };
}

/** Hops from tenant to tenant along the three indexes, past all that each one has. */
const knownTenantsStatement: RawBuilder<{ tenant: Tenant }> = (() => {
  const nextBehind = (tenant: RawBuilder<unknown>) => sql`(
    select min(tenant) from (
      select min(tenant) as tenant from bkend.files where tenant > ${tenant}
      union all select min(tenant) from bkend.uploads where tenant > ${tenant}
      union all select min(tenant) from bkend.purges where tenant > ${tenant}
    ) as next)`;
  return sql`
    with recursive known (tenant) as (
      select ${nextBehind(sql`''`)}
      union all
      select ${nextBehind(sql`known.tenant`)} from known where known.tenant is not null
    )
    select tenant from known where tenant is not null`;
})();

/**
 * Three indexes merged: what is known of a tenant below its prefix, `_pending/` aside. A copy of a file comes right after the
 * file's own key, so that the order by key is the order by the key of the object.
 */
function knownKeysStatement(
  tenant: Tenant,
  after: string | undefined,
  limit: number,
): RawBuilder<KnownKeyRow> {
  const fileKey = (after && readObjectKey(after)?.key) || '';
  const from = (table: string, columns: RawBuilder<unknown>, objectKey = sql`key`) => sql`(
    select ${columns}, created_at, tenant, ${objectKey} as key from ${sql.table(table)}
    where tenant = ${tenant} and key >= ${fileKey} and ${objectKey} > ${after ?? ''} and starts_with(key, tenant)
    order by ${sql.table(table)}.key limit ${sql.lit(limit)}
  )`;
  return sql<KnownKeyRow>`
    select distinct on (key) * from (
      ${from('bkend.files', sql`'file' as kind, id, etag, size_bytes, lost_at is not null as is_lost`, sql`coalesce(object_key, key)`)}
      union all ${from('bkend.uploads', sql`'upload', null::uuid, '', 0, false`)}
      union all ${from('bkend.purges', sql`'purge', null::uuid, '', 0, false`)}
    ) as known
    order by key, kind limit ${limit}`;
}
