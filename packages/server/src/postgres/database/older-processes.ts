import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** The name of a role's connections in `pg_stat_activity`. */
export function applicationName(role: string): string {
  return `bkend-storage/2 ${role}`;
}

/** The names of the first version's connections; its processes read the bytes of a file at its key. */
export const olderNames: readonly string[] = ['bkend-storage api', 'bkend-storage images'];

const pauseMilliseconds = 3_000;

/**
 * Watches for connected processes of the first version, every 3 s until there are none. Then none can come: they do not
 * start on a migrated database.
 */
export async function watchOlderProcesses(
  database: Database,
): Promise<{ areThere(): boolean } & AsyncDisposable> {
  const stopped = new AbortController();
  let areThere = await findOlderProcesses(database);
  const watching = (async () => {
    while (areThere && !stopped.signal.aborted) {
      await wait(pauseMilliseconds, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
      // While the database does not answer, they are assumed to be there.
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

/** Whether a process of the first version is connected now. */
export async function findOlderProcesses(database: Database): Promise<boolean> {
  const rows = await database.rows(sql`
    select from pg_stat_activity
    where datname = current_database() and application_name = any (${olderNames}::text[]) limit 1`);
  return rows.length > 0;
}
