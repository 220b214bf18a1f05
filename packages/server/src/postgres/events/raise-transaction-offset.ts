import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import { horizon, numbersPerTransaction } from './event-ids.ts';

/** Transactions by which new ids begin behind all that are known: clients may hold ids of a few minutes after the last event. */
const margin = 1_000_000;

/**
 * Ids of events begin with the id of their transaction, which starts low again where a dump is restored into another cluster. Where an id
 * that has been given is not below those to come, raises what is added to transaction ids. At the start of every process, before it
 * writes: several at once raise it once. The costs are those of the tenants, not of the events.
 * @returns whether it has been raised
 */
export async function raiseTransactionOffset(database: Database): Promise<boolean> {
  const nextTenant = (tenant: string) =>
    sql`(select min(tenant) from bkend.events where tenant > ${sql.raw(tenant)})`;
  const rows = await database.rows(sql`
    with recursive known (tenant) as (
      select ${nextTenant("''")}
      union all
      select ${nextTenant('known.tenant')} from known where known.tenant is not null
    ),
    given (id) as materialized (
      select greatest(
        (select reached from bkend.event_clock),
        (select max(after) from bkend.webhooks),
        (select max(last.id) from known, lateral (
          select id from bkend.events where events.tenant = known.tenant order by id desc limit 1
        ) as last)
      )
    )
    update bkend.event_clock set
      transaction_offset = given.id / ${sql.lit(numbersPerTransaction)} + ${sql.lit(margin)}
        - pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    from given
    where given.id >= (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + event_clock.transaction_offset)
      * ${sql.lit(numbersPerTransaction)}
    returning transaction_offset`);
  return rows.length > 0;
}

/** Keeps the highest id that a reader may have been given, for {@link raiseTransactionOffset}. */
export async function keepReached(database: Database): Promise<void> {
  await database.rows(sql`update bkend.event_clock set reached = greatest(reached, ${horizon} - 1)`);
}
