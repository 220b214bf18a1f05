import { sql } from 'kysely';

/**
 * Ids of events. Transactions commit in another order than they write, so an id that a sequence gives may appear after a higher
 * one. Ours is the id of the transaction, then a number within it: `(transaction + offset) * 8192 + number`. What a transaction writes
 * is visible as a whole, and every transaction that is open or still to come has an id of at least `pg_snapshot_xmin`:
 * of all events below {@link horizon} none will appear later. Transaction ids are of the whole cluster, so that a long
 * transaction that writes anywhere in it holds events back until it ends. An id stays below 2^53 for 10^12 transactions.
 */

/** Numbers within a transaction: the first half for one statement that changes files, the second for other events. */
const numbersPerTransaction = 8_192;
const offset = sql`(select transaction_offset from bkend.event_clock)`;

/** The id below all that this transaction may give. It assigns the transaction its id. */
export const idBefore = {
  /** Base of one statement per transaction that changes at most 1,365 files. */
  changes: sql<number>`((pg_current_xact_id()::text::bigint + ${offset}) * ${sql.lit(numbersPerTransaction)})`,
  others: sql<number>`((pg_current_xact_id()::text::bigint + ${offset}) * ${sql.lit(numbersPerTransaction)} + 4096)`,
} as const;

/** Events with an id below this, in the same statement, are all that there will ever be. */
export const horizon = sql<number>`
  ((pg_snapshot_xmin(pg_current_snapshot())::text::bigint + ${offset}) * ${sql.lit(numbersPerTransaction)})`;

/** The partition of what is written now: one for each week, six weeks in turn. */
export const currentSlot = sql`(floor(extract(epoch from now()) / 604800)::bigint % 6)::smallint`;
