import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** What processes of this version call themselves in `pg_stat_activity`. */
export function applicationName(role: string): string {
  return `bkend-storage/2 ${role}`;
}

/** What those of the first version, which look for the bytes of a file at its key, call themselves. */
export const olderNames: readonly string[] = ['bkend-storage api', 'bkend-storage images'];

const pauseMilliseconds = 3_000;

/**
 * Whether processes of the first version are still connected to the database. They are looked for until there are none;
 * then none can come, for they do not start on tables that this version has changed.
 */
export async function watchOlderProcesses(
  database: Database,
): Promise<{ areThere(): boolean } & AsyncDisposable> {
  const stopped = new AbortController();
  let areThere = await findOlderProcesses(database);
  const watching = (async () => {
    while (areThere && !stopped.signal.aborted) {
      await wait(pauseMilliseconds, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
      // While the database does not answer, nothing is known.
      if (!stopped.signal.aborted) areThere = await findOlderProcesses(database).catch(() => true);
    }
  })();
  return {
    areThere: () => areThere,
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await watching;
    },
  };
}

/** One look. */
export async function findOlderProcesses(database: Database): Promise<boolean> {
  const rows = await database.rows(sql`
    select from pg_stat_activity
    where datname = current_database() and application_name = any (${olderNames}::text[]) limit 1`);
  return rows.length > 0;
}
