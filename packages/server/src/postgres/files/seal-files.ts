import { type RawBuilder, sql } from 'kysely';
import type { Sealing } from '../../files/upkeep.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Database } from '../database.ts';
import { findOlderProcesses } from '../older-processes.ts';
import { afterLateCopy, afterOldDownloads, afterOldUploads } from './purge-times.ts';
import { queuePurges } from './queue-purges.ts';
import { updatingFiles } from './record-change.ts';

interface UnsealedRow {
  readonly tenant: Tenant;
  readonly id: string;
  readonly key: string;
  readonly mime_type: string;
  readonly etag: string;
  readonly size_bytes: number;
  readonly is_lost: boolean;
}

/** An ETag with a hyphen is that of a multipart upload, which its completion has sealed. */
const isMultipart = sql<boolean>`(etag like '%-%')`;

/** The date is written out, for only then the planner sees that the index holds all of these. */
async function isUnsealed(database: Database): Promise<RawBuilder<boolean>> {
  const [installation] = await database.rows(
    sql<{ seal_from: Date }>`select seal_from from bkend.installation`,
  );
  if (installation === undefined) return sql`false`;
  return sql`(object_key is null and created_at >= ${sql.lit(installation.seal_from.toISOString())})`;
}

/** What the version before has registered while an upload URL may still reach its bytes; in all tenants at once. */
export function createSealing(database: Database): Sealing {
  return {
    hasOlderProcesses: () => findOlderProcesses(database),

    async adoptMultiparts({ limit }) {
      const which = sql`
        select * from bkend.files where ${await isUnsealed(database)} and ${isMultipart}
        order by tenant, id limit ${limit} for update`;
      const rows = await database.rows(sql`
        with ${updatingFiles(which, sql`object_key = files.key`)} select from updated`);
      return rows.length;
    },

    async findUnsealed({ after, limit }) {
      const rows = await database.rows(sql<UnsealedRow>`
        select tenant, id, key, mime_type, etag, size_bytes, lost_at is not null as is_lost from bkend.files
        where ${await isUnsealed(database)} and not ${isMultipart}
          and (tenant, id) > (${after?.tenant ?? ''}, ${after?.id ?? '00000000-0000-0000-0000-000000000000'}::uuid)
        order by tenant, id limit ${limit}`);
      return rows.map(({ mime_type: mimeType, size_bytes: sizeBytes, is_lost: isLost, ...row }) => ({
        ...row,
        mimeType,
        sizeBytes,
        isLost,
      }));
    },

    async expectCopy({ tenant, objectKey, until }) {
      await database.rows(
        queuePurges(
          sql`values (${tenant}, ${objectKey}, null::text, ${until}::timestamptz, ${until}::timestamptz + ${afterLateCopy})`,
        ),
      );
    },

    async takeCopy({ tenant, id, objectKey, etag, sizeBytes, until }) {
      const rows = await database.rows(sql`
        with unsealed as materialized (
          select tenant, id from bkend.files where tenant = ${tenant} and id = ${id} and object_key is null for update
        ),
        kept as (
          delete from bkend.purges using unsealed
          where purges.tenant = unsealed.tenant and purges.key = ${objectKey} and purges.due_at = ${until}
          returning unsealed.tenant, unsealed.id
        ),
        ${updatingFiles(
          sql`select files.* from bkend.files join kept on files.tenant = kept.tenant and files.id = kept.id for update of files`,
          sql`object_key = ${objectKey}, etag = ${etag}, size_bytes = ${sizeBytes}`,
        )},
        left_behind as (${queuePurges(sql`
          select tenant, key, null::text, created_at + ${afterOldUploads} + ${afterOldDownloads}, null::timestamptz
          from updated`)})
        select from updated`);
      return rows.length > 0;
    },
  };
}
