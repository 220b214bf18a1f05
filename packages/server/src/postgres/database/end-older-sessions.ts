import { setTimeout as wait } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { olderNames } from './older-processes.ts';

const longestMilliseconds = 3_000;
const pauseMilliseconds = 25;

/**
 * Ends the idle sessions of processes of the first version, which go on beside this one over new sessions. The statements that
 * they have prepared select all columns of tables that now have more, and PostgreSQL refuses to run these again: "cached plan must
 * not change result type". A session at work is waited for, 3 s at most.
 */
export async function endOlderSessions(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
  const migratedAt = rows[0]?.now;
  const deadline = performance.now() + longestMilliseconds;
  while (performance.now() < deadline) {
    const { rows: left } = await sql<{ pid: number }>`
      select pid, case when state = 'idle' then pg_terminate_backend(pid) end as ended
      from pg_stat_activity
      where datname = current_database() and usename = current_user
        and application_name = any (${olderNames}::text[]) and backend_start < ${migratedAt}`.execute(db);
    if (left.length === 0) return;
    await wait(pauseMilliseconds);
  }
}
