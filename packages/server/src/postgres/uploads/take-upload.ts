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
 * Takes the bytes of uploads, as the expression `ended`, their rows: removes each upload, cancels the purge of its copy and
 * queues that of its own bytes; each only with all the others. A copy whose purge has begun is not taken, and a copy that
 * is not taken is purged. The purge of a copy has not begun where it is due as the claim has set it, since claiming a purge
 * moves that. Behind the expression `given`, with `tenant`, `key`, `attempt` and `object_key` of each.
 */
export const takingUploads: RawBuilder<unknown> = sql`
  held as materialized (
    select own.*, given.object_key as copy_key
    from (select * from given order by tenant, key) as given, lateral (
      select * from bkend.uploads
      where uploads.tenant = given.tenant and uploads.key = given.key and uploads.attempt = given.attempt and not aborted
      for update
    ) as own
  ),
  cancelled as (
    delete from bkend.purges using held
    where purges.tenant = held.tenant and purges.key = held.copy_key
      and purges.due_at = held.lease_until + ${afterLease}
    returning held.tenant, held.key
  ),
  ended as (
    delete from bkend.uploads
    using (select tenant, key from held where copy_key = key union all select tenant, key from cancelled) as own
    where uploads.tenant = own.tenant and uploads.key = own.key
    returning uploads.*
  ),
  left_behind as (${leftBehind('ended')})`;

/** The expression `given` of {@link takingUploads}, for one upload. */
export function givenUpload({ upload, attempt, objectKey }: Taking): RawBuilder<unknown> {
  return sql`
    given as materialized (
      select ${upload.tenant}::text as tenant, ${upload.key}::text as key, ${attempt}::uuid as attempt,
        ${objectKey}::text as object_key
    )`;
}

/** Selects and locks the upload, where the attempt still holds it. */
export function holdingUpload({ upload, attempt }: Pick<Taking, 'upload' | 'attempt'>): RawBuilder<unknown> {
  return sql`
    select * from bkend.uploads
    where tenant = ${upload.tenant} and key = ${upload.key} and attempt = ${attempt}::uuid and not aborted
    for update`;
}
