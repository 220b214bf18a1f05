import { type RawBuilder, type Selectable, sql } from 'kysely';
import { copyKeyOf, pendingPrefix } from '../../files/file-key.ts';
import type { UploadClaim } from '../../files/ports.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Database } from '../database.ts';
import { afterLateCopy, afterLatePut, afterLease, afterOldDownloads, atOnce } from '../files/purge-times.ts';
import { queuePurges } from '../files/queue-purges.ts';
import type { UploadTable } from '../tables.ts';
import { isManageable } from '../visible-files.ts';

type UploadRow = Selectable<UploadTable>;

/**
 * Takes an open upload for one attempt at registering it, until its lease ends, and queues the purge of the copy that
 * the attempt is about to make. Both in one statement: whatever dies later, the copy is either taken or purged.
 */
export async function claimUpload(
  database: Database,
  caller: Caller,
  { tenant, key, attempt, at, leaseUntil }: UploadClaim,
): Promise<{ upload: UploadRow; isClaimed: boolean } | undefined> {
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
    select uploads.*, exists (select from claimed) as is_claimed
    from bkend.uploads where tenant = ${tenant} and key = ${key}`);
  if (row === undefined) return undefined;
  const { is_claimed: isClaimed, ...upload } = row;
  return { upload, isClaimed };
}

/**
 * Lets the copies of attempts that have lost their upload be purged without waiting any longer.
 * @param rows rows of `uploads` as they were
 */
export function purgeCopiesOf(rows: 'free' | 'ended'): RawBuilder<unknown> {
  const row = sql.raw(rows);
  return sql`
    update bkend.purges set due_at = ${atOnce} from ${row}
    where purges.tenant = ${row}.tenant and purges.key = ${copyOf(row)}`;
}

/** Lengthens the lease of an attempt that still holds its upload. */
export async function renewClaim(
  database: Database,
  { tenant, key, attempt, leaseUntil }: Omit<UploadClaim, 'at'>,
): Promise<boolean> {
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
}

/** Gives an upload free whose attempt has failed. The copy is purged at once, where the attempt came as far as making one. */
export async function releaseUpload(
  database: Database,
  { tenant, key, attempt, hasCopied }: Omit<UploadClaim, 'at' | 'leaseUntil'> & { hasCopied: boolean },
): Promise<void> {
  const isCopy = sql`tenant = ${tenant} and key = ${copyKeyOf(key, attempt)}`;
  await database.prepared(sql`
    with released as (
      update bkend.uploads set attempt = null, lease_until = null
      where tenant = ${tenant} and key = ${key} and attempt = ${attempt}::uuid
    )
    ${hasCopied ? sql`update bkend.purges set due_at = ${atOnce} where ${isCopy}` : sql`delete from bkend.purges where ${isCopy}`}`);
}

/**
 * Queues the purge of the bytes that ended uploads leave behind, at once and again an hour after the end of their URL. Bytes
 * that arrived at the key itself stay for readers that look there, until nothing that the version before gave away can
 * lead to them.
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

function copyOf(row: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`${row}.key || '~' || ${row}.attempt`;
}
