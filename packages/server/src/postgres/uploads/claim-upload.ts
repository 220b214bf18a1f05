import { type RawBuilder, sql } from 'kysely';
import { canManage } from '../../files/access.ts';
import type { Caller } from '../../identity/caller.ts';
import { copyKeyOf, pendingPrefix } from '../../uploads/file-key.ts';
import type { UploadRepository } from '../../uploads/ports.ts';
import { givenRows } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { isManageable, userIdOf } from '../files/asked-files.ts';
import {
  afterLateCopy,
  afterLatePut,
  afterLease,
  afterOldDownloads,
  atOnce,
  queuePurges,
} from '../outbox/queue-purges.ts';
import { batchUploads } from './batch-uploads.ts';
import { readUpload, type UploadRow, uploadColumns } from './upload-row.ts';

/**
 * Claims of uploads. `claim` takes an open upload for one attempt at registering it, until its lease ends, and queues the
 * purge of the copy that the attempt is about to make; both in one statement, so that whatever dies later, the copy is
 * either taken or purged. Concurrent claims share a statement. `release` purges the copy at once,
 * where the attempt came as far as making one.
 */
export function createUploadClaims(
  database: Database,
): Pick<UploadRepository, 'claim' | 'renewClaim' | 'release'> {
  const claimWithOthers = batchUploads((asked: readonly AskedClaim[]) => claimUploads(database, asked));
  return {
    claim: (caller, claim) => claimWithOthers({ ...claim, caller }),

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

type AskedClaim = Parameters<UploadRepository['claim']>[1] & { readonly caller: Caller };
type ClaimOutcome = Awaited<ReturnType<UploadRepository['claim']>>;

const claimColumns = {
  tenant: 'text',
  key: 'text',
  attempt: 'uuid',
  at: 'timestamptz',
  lease_until: 'timestamptz',
  is_admin: 'boolean',
  user_id: 'text',
} as const;

const callerOfClaim = { isAdmin: sql<boolean>`asked.is_admin`, userId: sql<string | null>`asked.user_id` };

/** An upload that another statement has locked is busy. Of several claims of one upload, the first gets it. */
async function claimUploads(database: Database, asked: readonly AskedClaim[]): Promise<ClaimOutcome[]> {
  const claims = asked.map(({ tenant, key, attempt, at, leaseUntil, caller }) => {
    const by = { is_admin: caller.kind === 'admin', user_id: userIdOf(caller) };
    return { tenant, key, attempt, at, lease_until: leaseUntil, ...by };
  });
  const rows = await database.prepared(sql<UploadRow & { number: number; is_claimed: boolean }>`
    with asked as materialized (select * from ${givenRows('asked', claimColumns, claims)}),
    free as materialized (
      select own.*, asked.attempt as claimant, asked.lease_until as claimed_until, asked.number
      from asked, lateral (
        select * from bkend.uploads
        where uploads.tenant = asked.tenant and uploads.key = asked.key
          and not aborted and expires_at > asked.at and coalesce(uploads.lease_until <= asked.at, true)
          and ${isManageable('uploads', callerOfClaim)}
        for update skip locked
      ) as own
    ),
    claimed as (
      update bkend.uploads set attempt = first.claimant, lease_until = first.claimed_until
      from (select distinct on (tenant, key) * from free order by tenant, key, number) as first
      where uploads.tenant = first.tenant and uploads.key = first.key
      returning uploads.*, first.number
    ),
    overtaken as (${purgeCopiesOf('free')}),
    queued as (${queuePurges(sql`
      select tenant, ${copyOf(sql`claimed`)}, null::text, lease_until + ${afterLease}, lease_until + ${afterLateCopy}
      from claimed where multipart_id is null`)})
    select asked.number, claimed.number is not null as is_claimed, ${uploadColumns}
    from asked
      cross join lateral (
        select * from bkend.uploads where uploads.tenant = asked.tenant and uploads.key = asked.key offset 0
      ) as uploads
      left join claimed on claimed.number = asked.number`);
  const found = new Map(rows.map((row) => [row.number, row]));
  return asked.map((claim, index) => outcomeOf(claim, found.get(index + 1)));
}

function outcomeOf(
  { caller, at }: AskedClaim,
  row: (UploadRow & { readonly is_claimed: boolean }) | undefined,
): ClaimOutcome {
  if (row === undefined) return { outcome: 'upload-not-found' };
  const upload = readUpload(row);
  if (row.is_claimed) return { outcome: 'claimed', upload };
  if (!canManage(caller, upload)) return { outcome: 'access-denied' };
  const isOpen = !upload.aborted && upload.expiresAt > at;
  return { outcome: isOpen ? 'busy' : 'upload-not-found' };
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
