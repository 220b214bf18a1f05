import { type RawBuilder, sql } from 'kysely';
import type { Maintenance } from '../../jobs/ports.ts';
import type { Database } from '../database/database.ts';
import { keepReached } from './raise-transaction-offset.ts';

/** Partitions of events, a week each in turn. */
const slots = [0, 1, 2, 3, 4, 5];

/**
 * Truncates the partitions whose events are all older than an instant. One that could not be truncated in time, because no job has run
 * for days, has events of two weeks that are six apart: the older ones are deleted row by row. Beside them go the notes of events of quotas, and the highest id is kept.
 */
export function dropEvents(database: Database): Pick<Maintenance, 'dropEvents'> {
  async function dropSlot(slot: number, before: Date): Promise<number> {
    const events = sql.table(`bkend.events_${slot}`);
    const readers = sql.table(`bkend.event_readers_${slot}`);
    const exist = (where: RawBuilder<boolean>) => sql`exists (select from ${events} where ${where})`;
    const weekBefore = sql`${before}::timestamptz - interval '7 days'`;
    const [found] = await database.rows(sql<{ old: boolean; older: boolean; kept: boolean }>`
      select ${exist(sql`created_at < ${before}::timestamptz`)} as old,
        ${exist(sql`created_at < ${weekBefore}`)} as older,
        ${exist(sql`created_at >= ${before}::timestamptz`)} as kept`);
    if (found === undefined || !found.old || (found.kept && !found.older)) return 0;
    if (found.kept) {
      const [deleted] = await database.rows(sql<{ count: number }>`
        with dropped as (delete from ${events} where created_at < ${weekBefore} returning tenant, id),
        dropped_readers as (
          delete from ${readers} as readers using dropped
          where readers.tenant = dropped.tenant and readers.id = dropped.id
        )
        select count(*) as count from dropped`);
      return deleted?.count ?? 0;
    }
    // Counted before the lock, which all who read events wait behind.
    const [counted] = await database.rows(sql<{ count: number }>`select count(*) as count from ${events}`);
    return database.transaction(async (transaction) => {
      // Those who read or write events wait behind this lock: not for long. The next run tries again.
      await sql`set local lock_timeout = '1s'`.execute(transaction);
      await sql`lock table ${events}, ${readers} in access exclusive mode`.execute(transaction);
      // The partition's next week may have begun since it was looked at.
      const { rows } = await sql<{ kept: boolean }>`
        select ${exist(sql`created_at >= ${before}::timestamptz`)} as kept`.execute(transaction);
      if (rows[0]?.kept !== false) return 0;
      await sql`truncate ${events}, ${readers}`.execute(transaction);
      return counted?.count ?? 0;
    });
  }

  return {
    async dropEvents({ before }) {
      let dropped = 0;
      for (const slot of slots) dropped += await dropSlot(slot, before);
      await keepReached(database);
      // Those of the last hour alone are looked at.
      await database.rows(sql`delete from bkend.quotas_reached where reached_at < now() - interval '1 day'`);
      return dropped;
    },
  };
}
