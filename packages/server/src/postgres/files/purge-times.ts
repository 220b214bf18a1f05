import { type RawBuilder, sql } from 'kysely';

/** When bytes are purged, in PostgreSQL's words. */

/** The moment before all others: due at once, whatever the clock of the process that purges shows. */
export const atOnce: RawBuilder<Date> = sql`'-infinity'::timestamptz`;

/** After the end of a lease, for the copy of an attempt: clocks differ, and it must not go while its attempt is at work. */
export const afterLease: RawBuilder<unknown> = sql`interval '5 minutes'`;

/** After the end of a lease, once more: the store may have made the copy after it was purged. */
export const afterLateCopy: RawBuilder<unknown> = sql`interval '65 minutes'`;

/** After the end of an upload URL, once more: a PUT begun in its last second takes its time. */
export const afterLatePut: RawBuilder<unknown> = sql`interval '1 hour'`;

/**
 * After the end of an upload URL, for registered bytes that arrived at the key itself: processes of the version before read
 * them there, and the download URLs they gave away live for 7 days at most.
 */
export const afterOldDownloads: RawBuilder<unknown> = sql`interval '7 days'`;

/** After a file was made by the version before: no upload URL of its key can be good, for those live for 7 days at most. */
export const afterOldUploads: RawBuilder<unknown> = sql`interval '7 days 1 hour'`;
