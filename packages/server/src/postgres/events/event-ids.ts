import { type RawBuilder, sql } from 'kysely';

/**
 * Ids of events. Transactions commit in another order than they write, so an id that a sequence gives may appear after a higher
 * one. Ours is the id of the transaction, then a number within it: `(transaction + offset) * 8192 + number`. What a transaction writes
 * is visible as a whole, and every transaction that is open or still to come has an id of at least `pg_snapshot_xmin`:
 * of all events below {@link horizon} none will appear later. Transaction ids are of the whole cluster, so that a long
 * transaction that writes anywhere in it holds events back until it ends. An id stays below 2^53 for 10^12 transactions.
 */

/** Numbers within a transaction: the most events that one may write. */
export const numbersPerTransaction = 8_192;
const offset = sql`(select transaction_offset from bkend.event_clock)`;

/** The id below all that this transaction gives. It assigns the transaction its id. */
export const idBefore = sql<number>`
  ((pg_current_xact_id()::text::bigint + ${offset}) * ${sql.lit(numbersPerTransaction)})`;

/** A variable that PostgreSQL resets when the transaction ends. */
const written = sql.lit('bkend.events_written');

/** The number of events that this transaction has written by earlier statements. */
export const numberWritten = sql<number>`coalesce(nullif(current_setting(${written}, true), '')::integer, 0)`;

/** Sets {@link numberWritten} for the statements to come. */
export const settingNumberWritten = (number: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`set_config(${written}, (${number})::text, true)`;

/** Events with an id below this, in the same statement, are all that there will ever be. */
export const horizon = sql<number>`
  ((pg_snapshot_xmin(pg_current_snapshot())::text::bigint + ${offset}) * ${sql.lit(numbersPerTransaction)})`;

/** The partition of what is written now: one for each week, six weeks in turn. */
export const currentSlot = sql`(floor(extract(epoch from now()) / 604800)::bigint % 6)::smallint`;
