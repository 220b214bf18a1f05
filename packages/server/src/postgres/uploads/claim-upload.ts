import { type RawBuilder, sql } from 'kysely';
import { canManage } from '../../files/access.ts';
import { copyKeyOf, pendingPrefix } from '../../uploads/file-key.ts';
import type { UploadRepository } from '../../uploads/ports.ts';
import type { Database } from '../database/database.ts';
import { isManageable } from '../files/asked-files.ts';
import {
  afterLateCopy,
  afterLatePut,
  afterLease,
  afterOldDownloads,
  atOnce,
  queuePurges,
} from '../outbox/queue-purges.ts';
import { readUpload, type UploadRow, uploadColumns } from './upload-row.ts';

/**
 * Claims of uploads. `claim` takes an open upload for one attempt at registering it, until its lease ends, and queues the
 * purge of the copy that the attempt is about to make; both in one statement, so that whatever dies later, the copy is
 * either taken or purged. `release` purges the copy at once, where the attempt came as far as making one.
 */
export function createUploadClaims(
  database: Database,
): Pick<UploadRepository, 'claim' | 'renewClaim' | 'release'> {
  return {
    async claim(caller, { tenant, key, attempt, at, leaseUntil }) {
      const [row] = await database.prepared(sql<UploadRow & { is_claimed: boolean }>`
        with free as materialized (
          select * from bkend.uploads
          where tenant = ${tenant} and key = ${key} and not aborted and expires_at > ${at}::timestamptz
            and coalesce(lease_until <= ${at}::timestamptz, true) and ${isManageable(caller, 'uploads')}
          for update
        ),
        claimed as (
          update bkend.uploads set attempt = ${attempt}::uuid, lease_until = ${leaseUntil} from free
          where uploads.tenant = free.tenant and uploads.key = free.key
          returning uploads.*
        ),
        overtaken as (${purgeCopiesOf('free')}),
        queued as (${queuePurges(sql`
          select tenant, ${copyOf(sql`claimed`)}, null::text, lease_until + ${afterLease}, lease_until + ${afterLateCopy}
          from claimed where multipart_id is null`)})
        select ${uploadColumns}, exists (select from claimed) as is_claimed
        from bkend.uploads where tenant = ${tenant} and key = ${key}`);
      if (row === undefined) return { outcome: 'upload-not-found' };
      const upload = readUpload(row);
      if (row.is_claimed) return { outcome: 'claimed', upload };
      if (!canManage(caller, upload)) return { outcome: 'access-denied' };
      const isOpen = !upload.aborted && upload.expiresAt > at;
      return { outcome: isOpen ? 'busy' : 'upload-not-found' };
    },

    async renewClaim({ tenant, key, attempt, leaseUntil }) {
      const rows = await database.prepared(sql`
        with held as materialized (
          select * from bkend.uploads where tenant = ${tenant} and key = ${key} and attempt = ${attempt}::uuid for update
        ),
        put_off as (
          update bkend.purges set due_at = ${leaseUntil}::timestamptz + ${afterLease},
            again_at = ${leaseUntil}::timestamptz + ${afterLateCopy}
          from held
          where purges.tenant = held.tenant and purges.key = ${copyOf(sql`held`)}
            and purges.due_at = held.lease_until + ${afterLease}
          returning held.key
        )
        update bkend.uploads set lease_until = ${leaseUntil} from put_off
        where uploads.tenant = ${tenant} and uploads.key = put_off.key
        returning uploads.key`);
      return rows.length > 0;
    },

    async release({ tenant, key, attempt, hasCopied }) {
      const isCopy = sql`tenant = ${tenant} and key = ${copyKeyOf(key, attempt)}`;
      await database.prepared(sql`
        with released as (
          update bkend.uploads set attempt = null, lease_until = null
          where tenant = ${tenant} and key = ${key} and attempt = ${attempt}::uuid
        )
        ${hasCopied ? sql`update bkend.purges set due_at = ${atOnce} where ${isCopy}` : sql`delete from bkend.purges where ${isCopy}`}`);
    },
  };
}

/**
 * Makes the purge of copies due at once, where their attempt has lost the upload.
 * @param rows rows of `uploads` before their change
 */
export function purgeCopiesOf(rows: 'free' | 'ended'): RawBuilder<unknown> {
  const row = sql.raw(rows);
  return sql`
    update bkend.purges set due_at = ${atOnce} from ${row}
    where purges.tenant = ${row}.tenant and purges.key = ${copyOf(row)}`;
}

/**
 * Queues the purge of the bytes that registered uploads leave behind: pending bytes at once, and again an hour after their
 * URL has expired. Bytes that arrived at the key itself stay until every download URL of the first version has expired.
 * @param ended rows of `uploads`
 */
export function leftBehind(ended: 'ended'): RawBuilder<unknown> {
  return queuePurges(sql`
    select tenant, ${pendingPrefix} || key, null::text, ${atOnce}, coalesce(url_ends_at, expires_at) + ${afterLatePut}
    from ${sql.raw(ended)} where is_pending
    union all
    select tenant, key, null::text, coalesce(url_ends_at, expires_at) + ${afterOldDownloads}, null
    from ${sql.raw(ended)} where multipart_id is null and not is_pending`);
}

/** The object key of the copy that the row's attempt makes, as `copyKeyOf` has it. */
function copyOf(row: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`split_part(${row}.key, '~', 1) || '~' || ${row}.attempt`;
}
