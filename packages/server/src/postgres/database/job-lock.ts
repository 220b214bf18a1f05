import { sql } from 'kysely';
import type { JobLock } from '../../jobs/job.ts';
import type { Database } from './database.ts';

/**
 * One process at a time runs a job, by an advisory lock of the session: PostgreSQL releases it when the connection is gone, so
 * a dead process leaves nothing behind. A process that loses its connection goes on: each step of a job is safe to do
 * twice.
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

/** The locks have ended with the session; the result of `work` counts. */
function ignoreLostSession(): void {}
