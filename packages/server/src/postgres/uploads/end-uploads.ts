import { type RawBuilder, sql } from 'kysely';
import { pendingPrefix } from '../../uploads/file-key.ts';
import type { UploadRepository } from '../../uploads/ports.ts';
import type { Database } from '../database/database.ts';
import { eventsOfUploads, recordingEvents } from '../events/recording-events.ts';
import { afterLatePut, atOnce, queuePurges } from '../outbox/queue-purges.ts';
import { purgeCopiesOf } from './claim-upload.ts';

/**
 * Ends uploads that are not registered, as the expression `ended`: removes their rows and queues the purge of their bytes,
 * at once and, for a single PUT, again an hour after its URL has expired.
 * @param which selects `tenant` and `key` of the uploads, and locks them
 */
export function endingUploads(which: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    due as materialized (${which}),
    ended as (
      delete from bkend.uploads using due
      where uploads.tenant = due.tenant and uploads.key = due.key
      returning uploads.*
    ),
    queued as (
      ${queuePurges(sql`
        select tenant, case when is_pending then ${pendingPrefix} || key else key end, multipart_id, ${atOnce},
          case when multipart_id is null then coalesce(url_ends_at, expires_at) + ${afterLatePut} end
        from ended`)}
    ),
    overtaken as (${purgeCopiesOf('ended')})`;
}

/** Ends one upload whose bytes are refused, and records that. */
export function refuseUpload(database: Database): UploadRepository['refuse'] {
  return async (tenant, key, error) => {
    const which = sql`select tenant, key from bkend.uploads where tenant = ${tenant} and key = ${key} for update`;
    const refused =
      error === undefined
        ? sql``
        : sql`, ${recordingEvents(eventsOfUploads('upload.refused', 'ended', error))}`;
    await database.prepared(sql`
      with ${endingUploads(which)} ${refused}
      select count(*) from ended`);
  };
}
