import { type RawBuilder, sql } from 'kysely';
import { eventsOfRefused } from '../events/recording-events.ts';
import { removingFiles } from '../files/record-change.ts';

/** Time for which the ids of refused files are known. */
export const refusedLife = sql`interval '7 days'`;

/**
 * Removes files whose bytes a scanner refuses, as `removingFiles` does, and keeps their ids.
 * @param because.reason the scanner's words
 */
export function refusingFiles(
  which: RawBuilder<unknown>,
  { reason, at }: { readonly reason: string; readonly at: Date },
): RawBuilder<unknown> {
  return sql`
    ${removingFiles(which, { bytes: 'purged', events: eventsOfRefused(reason) })},
    refused as (
      insert into bkend.refused_files (tenant, file_id, owner_id, owner_type, reason, refused_at)
      select tenant, id, owner_id, owner_type, ${reason}::text, ${at}::timestamptz from removed
      on conflict (tenant, file_id) do update set refused_at = excluded.refused_at, reason = excluded.reason
    ),
    forgotten as (
      delete from bkend.refused_files using removed
      where refused_files.tenant = removed.tenant and refused_files.refused_at < ${at}::timestamptz - ${refusedLife}
        and refused_files.file_id <> removed.id
    )`;
}
