import { sql } from 'kysely';
import type { JobLock } from '../files/upkeep.ts';
import type { Database } from './database.ts';

/**
 * One process at a time, by an advisory lock of the session: PostgreSQL frees it the moment the connection is gone, so a
 * process that dies leaves nothing behind. A process that loses its connection meanwhile goes on, which every job must
 * bear: each of their steps is safe to do twice.
 */
export function createJobLock(database: Database): JobLock {
  return {
    runExclusively: (job, work) =>
      database.session(async (session) => {
        const key = sql`hashtextextended(${`bkend job ${job}`}, 0)`;
        const { rows } = await sql<{ taken: boolean }>`select pg_try_advisory_lock(${key}) as taken`.execute(
          session,
        );
        if (rows[0]?.taken !== true) return undefined;
        try {
          return await work();
        } finally {
          await sql`select pg_advisory_unlock(${key})`.execute(session).catch(ignoreLostSession);
        }
      }),
  };
}

/** With the session its locks are gone too; what `work` said is what counts. */
function ignoreLostSession(): void {}
