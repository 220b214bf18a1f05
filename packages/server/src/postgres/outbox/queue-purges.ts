import { type RawBuilder, sql } from 'kysely';

/**
 * Queues purges of objects. A key that is queued already keeps its row: it becomes due at the earlier of the two times,
 * and is purged again at the later.
 * @param objects selects `tenant`, `key` (the object key), `multipart_id`, `due_at` and `again_at`
 */
export function queuePurges(objects: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into bkend.purges as queued (tenant, key, multipart_id, due_at, again_at)
    ${objects}
    on conflict (tenant, key) do update set
      due_at = least(queued.due_at, excluded.due_at),
      again_at = greatest(queued.again_at, excluded.again_at),
      multipart_id = coalesce(queued.multipart_id, excluded.multipart_id)`;
}

/** The times at which bytes are purged, as PostgreSQL intervals. */

/** Before every instant: due at once, whatever the clock of the purging process shows. */
export const atOnce: RawBuilder<Date> = sql`'-infinity'::timestamptz`;

/** After the end of a lease, for the copy of an attempt: clocks differ, and the copy must stay while its attempt works. */
export const afterLease: RawBuilder<unknown> = sql`interval '5 minutes'`;

/** After the end of a lease, for the second purge: the store may have made the copy after the first. */
export const afterLateCopy: RawBuilder<unknown> = sql`interval '65 minutes'`;

/** After the end of an upload URL, for the second purge: a PUT begun in the URL's last second may take this long. */
export const afterLatePut: RawBuilder<unknown> = sql`interval '1 hour'`;

/**
 * After the end of an upload URL, for registered bytes that arrived at the key itself: processes of the first version
 * read them there, and their download URLs live for 7 days at most.
 */
export const afterOldDownloads: RawBuilder<unknown> = sql`interval '7 days'`;

/** After the first version created a file: every upload URL of its key has expired, since those live for 7 days at most. */
export const afterOldUploads: RawBuilder<unknown> = sql`interval '7 days 1 hour'`;

/**
 * After contents were replaced that are not kept, or a version was removed for its number or age: downloads that have begun,
 * and URLs of the usual life, end with the bytes they were given for.
 */
export const afterReplacement: RawBuilder<unknown> = sql`interval '1 hour 5 minutes'`;
