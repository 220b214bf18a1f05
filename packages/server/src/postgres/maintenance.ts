import { visibilities } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { Tenant } from '../identity/tenant.ts';
import type { KnownKey, Maintenance } from '../jobs/ports.ts';
import { readObjectKey } from '../uploads/file-key.ts';
import type { Database } from './database/database.ts';
import { tenantsIn } from './database/tenants-in.ts';
import { dropEvents } from './events/drop-events.ts';
import { eventsOfUploads, recordingEvents } from './events/recording-events.ts';
import { correctFiles } from './files/correct-files.ts';
import { hasGivenKey, trashed, unscanned } from './files/file-row.ts';
import { fillSortNames } from './files/fill-sort-names.ts';
import { removingFiles } from './files/record-change.ts';
import { endingUploads } from './uploads/end-uploads.ts';
import { readUpload, type UploadRow, uploadColumns } from './uploads/upload-row.ts';
import { rebuildTotals } from './usage/rebuild-totals.ts';
import { foldUsage } from './usage/usage-ledger.ts';
import { trimVersions } from './versions/trim-versions.ts';

/** Queries of the jobs, in all tenants at once; each is one statement. */
export function createMaintenance(database: Database): Maintenance {
  return {
    ...correctFiles(database),
    ...trimVersions(database),
    ...dropEvents(database),
    foldUsage: (limit) => foldUsage(database, limit),
    fillSortNames: (limit) => fillSortNames(database, limit),
    rebuildTotals: (limit) => rebuildTotals(database, limit),

    async expireUploads({ now, limit }) {
      const [row] = await database.rows(sql<{ expired: number }>`
        with ${endingUploads(sql`
          select tenant, key from bkend.uploads where expires_at <= ${now} and coalesce(lease_until <= ${now}, true)
          order by expires_at limit ${limit} for update skip locked`)},
        ${recordingEvents(eventsOfUploads('upload.expired', 'ended'))}
        select count(*) as expired from ended`);
      return row?.expired ?? 0;
    },

    async openMultiparts({ now, after, limit }) {
      const rows = await database.rows(sql<UploadRow & { multipart_id: string }>`
        select ${uploadColumns} from bkend.uploads
        where multipart_id > ${after} and not aborted and expires_at > ${now}
        order by multipart_id limit ${limit}`);
      return rows.map((row) => ({ ...readUpload(row), multipartId: row.multipart_id }));
    },

    async tenantsWithTempFiles() {
      const rows = await database.rows(sql<{ tenant: Tenant }>`
        select known.tenant from (${tenantsIn([{ table: 'files' }])}) as known
        cross join lateral (
          select from bkend.files where files.tenant = known.tenant and files.category = 'temp' limit 1
        ) as one`);
      return rows.map(({ tenant }) => tenant);
    },

    async expireTempFiles({ tenant, createdBefore, limit }) {
      // By the index `files_of_category`, which needs every visibility.
      const which = sql`
        select * from bkend.files
        where tenant = ${tenant} and category = 'temp' and visibility = any (${[...visibilities, trashed, unscanned]}::text[])
          and created_at < ${createdBefore}
        limit ${limit} for update skip locked`;
      return countRemoved(database, removingFiles(which, { bytes: 'purged' }));
    },

    async knownTenants() {
      const rows = await database.rows(knownTenants);
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
  readonly version: number | null;
  readonly etag: string;
  readonly size_bytes: number;
  readonly is_lost: boolean;
}

function readKnownKey({ kind, key, created_at: createdAt, ...row }: KnownKeyRow): KnownKey {
  const { tenant, id, version, etag, size_bytes: sizeBytes, is_lost: isLost } = row;
  if (id === null) return { key, kind, createdAt };
  const record = {
    tenant,
    id,
    objectKey: key,
    ...(version !== null && { version }),
    etag,
    sizeBytes,
    isLost,
  };
  return { key, kind, createdAt, record };
}

const knownTenants = tenantsIn([{ table: 'files' }, { table: 'uploads' }, { table: 'purges' }]);

/**
 * Merges five indexes: the object keys of a tenant, without those below `_pending/`. A file's copy `<key>~<attempt>` and its
 * versions sort right after its key, so that the order of keys is the order of object keys; those of files whose key an import gave have
 * an index of their own.
 */
function knownKeysStatement(
  tenant: Tenant,
  after: string | undefined,
  limit: number,
): RawBuilder<KnownKeyRow> {
  const fileKey = (after && readObjectKey(after)?.key) || '';
  const from = (table: string, columns: RawBuilder<unknown>, objectKey = sql`key`, and = sql``) => sql`(
    select ${columns}, created_at, tenant, ${objectKey} as key from ${sql.table(table)}
    where tenant = ${tenant} and key >= ${fileKey} and ${objectKey} > ${after ?? ''} and starts_with(key, tenant) ${and}
    order by ${sql.table(table)}.key limit ${sql.lit(limit)}
  )`;
  const versionKeys = sql`(
    select 'version', file_id, version, etag, size_bytes, lost_at is not null, replaced_at, tenant, object_key
    from bkend.versions
    where tenant = ${tenant} and object_key > ${after ?? ''} and starts_with(object_key, tenant)
    order by object_key limit ${sql.lit(limit)}
  )`;
  const ofFiles = sql`'file' as kind, id, null::integer as version, etag, size_bytes, lost_at is not null as is_lost`;
  const givenKeys = sql`(
    select ${ofFiles}, created_at, tenant, object_key as key from bkend.files
    where tenant = ${tenant} and object_key > ${after ?? ''} and ${hasGivenKey}
    order by object_key limit ${sql.lit(limit)}
  )`;
  return sql<KnownKeyRow>`
    select distinct on (key) * from (
      ${from('bkend.files', ofFiles, sql`coalesce(object_key, key)`, sql`and (${hasGivenKey}) is not true`)}
      union all ${givenKeys}
      union all ${versionKeys}
      union all ${from('bkend.uploads', sql`'upload', null::uuid, null, '', 0, false`)}
      union all ${from('bkend.purges', sql`'purge', null::uuid, null, '', 0, false`)}
    ) as known
    order by key, kind limit ${limit}`;
}
