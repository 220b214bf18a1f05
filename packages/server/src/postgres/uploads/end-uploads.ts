import { type RawBuilder, sql } from 'kysely';
import { pendingPrefix } from '../../files/file-key.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Database } from '../database.ts';
import { afterLatePut, atOnce } from '../files/purge-times.ts';
import { queuePurges } from '../files/queue-purges.ts';
import { purgeCopiesOf } from './claim-upload.ts';

/**
 * Uploads that come to nothing, as the expression `ended`: their rows go, and the purge of whatever they brought is queued, at once
 * and, for a single PUT, again an hour after the end of its URL.
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

/** Ends one upload whose bytes are refused. */
export async function refuseUpload(database: Database, tenant: Tenant, key: string): Promise<void> {
  const which = sql`select tenant, key from bkend.uploads where tenant = ${tenant} and key = ${key} for update`;
  await database.prepared(sql`with ${endingUploads(which)} select count(*) from ended`);
}
