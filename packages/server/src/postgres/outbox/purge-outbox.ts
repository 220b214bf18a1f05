import { sql } from 'kysely';
import type { Purge, PurgeOutbox } from '../../jobs/purge-outbox.ts';
import { pendingPrefix, readObjectKey } from '../../uploads/file-key.ts';
import type { Database } from '../database/database.ts';
import { hasGivenKey } from '../files/file-row.ts';
import { atOnce, queuePurges } from './queue-purges.ts';

interface PurgeRow {
  readonly key: string;
  readonly multipart_id: string | null;
  readonly attempts: number;
}

/**
 * The outbox of purges, one row an object key. Claiming moves `due_at` ahead by the lease, so that a purge is due again
 * when the process that claimed it has died. A purge with `again_at` is done a second time then.
 */
export function createPurgeOutbox(database: Database): PurgeOutbox {
  return {
    async claim({ limit, now, leaseSeconds }) {
      const leasedUntil = new Date(now.getTime() + leaseSeconds * 1_000);
      const rows = await database.prepared(sql<PurgeRow>`
        update bkend.purges set due_at = ${leasedUntil}
        from (
          select tenant, key from bkend.purges where due_at <= ${now}
          order by due_at limit ${limit} for update skip locked
        ) as due
        where purges.tenant = due.tenant and purges.key = due.key
        returning purges.key, multipart_id, attempts`);
      return rows.map(readPurge);
    },

    async finish(ids) {
      const { tenants, keys } = splitByTenant(ids);
      await database.rows(sql`
        with done as materialized (
          select purges.tenant, purges.key from bkend.purges
          join unnest(${tenants}::text[], ${keys}::text[]) as done (tenant, key)
            on purges.tenant = done.tenant and purges.key = done.key
          where again_at is null
        ),
        put_off as (
          update bkend.purges set due_at = again_at, again_at = null, attempts = 0, last_error = null
          from unnest(${tenants}::text[], ${keys}::text[]) as half (tenant, key)
          where purges.tenant = half.tenant and purges.key = half.key and again_at is not null
        )
        delete from bkend.purges using done
        where purges.tenant = done.tenant and purges.key = done.key and again_at is null`);
    },

    async retry(id, { error, at }) {
      const { tenants, keys } = splitByTenant([id]);
      await database.rows(sql`
        update bkend.purges set attempts = attempts + 1, last_error = ${error.replaceAll('\0', '')}, due_at = ${at}
        where tenant = any (${tenants}::text[]) and key = any (${keys}::text[])`);
    },

    async enqueue(keys) {
      const ours = splitByTenant(keys);
      const rows = await database.rows(sql<{ key: string }>`
        ${queuePurges(sql`
          select distinct tenant, key, null::text, ${atOnce}, null::timestamptz
          from unnest(${ours.tenants}::text[], ${ours.keys}::text[], ${ours.fileKeys}::text[], ${ours.uploadKeys}::text[])
            as ours (tenant, key, file_key, upload_key)
          where not exists (
            select from bkend.purges where purges.tenant = ours.tenant and purges.key = ours.key
          ) and not exists (
            select from bkend.files where files.tenant = ours.tenant and files.key = ours.file_key
              and coalesce(files.object_key, files.key) = ours.key
          ) and not exists (
            select from bkend.files where files.tenant = ours.tenant and files.object_key = ours.key and ${hasGivenKey}
          ) and not exists (
            select from bkend.versions where versions.tenant = ours.tenant and versions.object_key = ours.key
          ) and not exists (
            select from bkend.uploads where uploads.tenant = ours.tenant and uploads.key in (ours.file_key, ours.upload_key)
          )`)} returning key`);
      return rows.length;
    },
  };
}

function readPurge({ key, multipart_id, attempts }: PurgeRow): Purge {
  return { id: key, key, attempts, ...(multipart_id !== null && { multipartId: multipart_id }) };
}

/**
 * Leaves out keys that this server never issued: other objects in the bucket are not ours to delete. An upload of new contents
 * has the key that its bytes lie at, without the prefix of pending bytes.
 */
function splitByTenant(keys: readonly string[]) {
  const ours = keys.flatMap((key) => {
    const { tenant, key: fileKey } = readObjectKey(key) ?? {};
    if (tenant === undefined || fileKey === undefined) return [];
    const uploadKey = key.startsWith(pendingPrefix) ? key.slice(pendingPrefix.length) : key;
    return [{ tenant, key, fileKey, uploadKey }];
  });
  return {
    tenants: ours.map(({ tenant }) => tenant),
    keys: ours.map(({ key }) => key),
    fileKeys: ours.map(({ fileKey }) => fileKey),
    uploadKeys: ours.map(({ uploadKey }) => uploadKey),
  };
}
