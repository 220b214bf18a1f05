import { type RawBuilder, sql } from 'kysely';
import type { Upload } from '../../uploads/upload.ts';
import { afterLease } from '../outbox/queue-purges.ts';
import { leftBehind } from './claim-upload.ts';

interface Taking {
  readonly upload: Upload;
  /** The attempt that must hold the upload. */
  readonly attempt: string;
  /** The key of the sealed bytes. */
  readonly objectKey: string;
}

/**
 * Takes the bytes of an upload, as the expression `ended`, its row: removes the upload, cancels the purge of its copy and
 * queues that of its own bytes; each only with all the others. A copy whose purge has begun is not taken, and a copy that
 * is not taken is purged.
 */
export function takingUpload({ upload, attempt, objectKey }: Taking): RawBuilder<unknown> {
  const isCopy = objectKey !== upload.key;
  return sql`
    held as materialized (${holdingUpload({ upload, attempt })}),
    ${isCopy ? cancellingPurge(objectKey) : sql``}
    ended as (
      delete from bkend.uploads using ${sql.raw(isCopy ? 'cancelled' : 'held')} as own
      where uploads.tenant = own.tenant and uploads.key = own.key
      returning uploads.*
    ),
    left_behind as (${leftBehind('ended')})`;
}

/** Selects and locks the upload, where the attempt still holds it. */
export function holdingUpload({ upload, attempt }: Pick<Taking, 'upload' | 'attempt'>): RawBuilder<unknown> {
  return sql`
    select * from bkend.uploads
    where tenant = ${upload.tenant} and key = ${upload.key} and attempt = ${attempt}::uuid and not aborted
    for update`;
}

/** Cancels the purge of the copy where it has not begun: claiming a purge moves its `due_at`. */
function cancellingPurge(objectKey: string): RawBuilder<unknown> {
  return sql`
    cancelled as (
      delete from bkend.purges using held
      where purges.tenant = held.tenant and purges.key = ${objectKey}
        and purges.due_at = held.lease_until + ${afterLease}
      returning held.tenant, held.key
    ),`;
}
