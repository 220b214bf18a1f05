import { type RawBuilder, sql } from 'kysely';
import type { Tenant } from '../../identity/tenant.ts';
import type { Sealing } from '../../jobs/sealing.ts';
import type { Database } from '../database/database.ts';
import { findOlderProcesses } from '../database/older-processes.ts';
import { afterLateCopy, afterOldDownloads, afterOldUploads, queuePurges } from '../outbox/queue-purges.ts';
import { fileValue } from './file-row.ts';
import { updatingFiles } from './record-change.ts';

interface UnsealedRow {
  readonly tenant: Tenant;
  readonly id: string;
  readonly key: string;
  readonly mime_type: string;
  readonly etag: string;
  readonly size_bytes: number;
  readonly is_lost: boolean;
  readonly attempts: number;
}

/** An ETag with a hyphen is that of a multipart upload, which its completion has sealed. */
const isMultipart = sql<boolean>`(etag like '%-%')`;

/** The date is part of the text: only then does the planner see that the index `files_to_seal` holds all of these. */
async function isUnsealed(database: Database): Promise<RawBuilder<boolean>> {
  const [installation] = await database.rows(
    sql<{ seal_from: Date }>`select seal_from from bkend.installation`,
  );
  if (installation === undefined) return sql`false`;
  return sql`(object_key is null and created_at >= ${sql.lit(installation.seal_from.toISOString())})`;
}

/** Sealing of files that the first version registered while an upload URL could overwrite their bytes; in all tenants. */
export function createSealing(database: Database): Sealing {
  return {
    hasOlderProcesses: () => findOlderProcesses(database),

    async adoptMultiparts({ limit }) {
      const which = sql`
        select * from bkend.files where ${await isUnsealed(database)} and ${isMultipart}
        order by tenant, id limit ${limit} for update`;
      const rows = await database.rows(sql`
        with ${updatingFiles(which, { object_key: sql`files.key` })} select from updated`);
      return rows.length;
    },

    async findUnsealed({ now, after, limit }) {
      const rows = await database.rows(sql<UnsealedRow>`
        select files.tenant, id, key, mime_type, etag, size_bytes, lost_at is not null as is_lost,
          coalesce(attempts, 0) as attempts
        from bkend.files
        left join bkend.seal_retries on seal_retries.tenant = files.tenant and seal_retries.file_id = files.id
        where ${await isUnsealed(database)} and not ${isMultipart} and coalesce(next_at <= ${now}::timestamptz, true)
          and (files.tenant, id) > (${after?.tenant ?? ''}, ${after?.id ?? '00000000-0000-0000-0000-000000000000'}::uuid)
        order by files.tenant, id limit ${limit}`);
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
          {
            object_key: fileValue('object_key', objectKey),
            etag: fileValue('etag', etag),
            size_bytes: fileValue('size_bytes', sizeBytes),
          },
          { keepsQuotas: false },
        )},
        succeeded as (
          delete from bkend.seal_retries using updated
          where seal_retries.tenant = updated.tenant and seal_retries.file_id = updated.id
        ),
        left_behind as (${queuePurges(sql`
          select tenant, key, null::text, created_at + ${afterOldUploads} + ${afterOldDownloads}, null::timestamptz
          from updated`)})
        select from updated`);
      return rows.length > 0;
    },

    // A row that no attempt has used for a day is that of a file which is deleted.
    async retry({ tenant, id }, { at }) {
      await database.rows(sql`
        with deleted as (
          delete from bkend.seal_retries where next_at < ${at}::timestamptz - interval '1 day'
            and (tenant, file_id) <> (${tenant}, ${id}::uuid)
        )
        insert into bkend.seal_retries as retries (tenant, file_id, attempts, next_at)
        values (${tenant}, ${id}, 1, ${at})
        on conflict (tenant, file_id) do update set attempts = retries.attempts + 1, next_at = excluded.next_at`);
    },
  };
}
