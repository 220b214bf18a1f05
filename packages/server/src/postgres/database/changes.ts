import { sql } from 'kysely';
import type { Changes } from '../../jobs/job.ts';
import type { Database } from './database.ts';

/**
 * Changes of the database, by the snapshot that a statement gets: it is another one whenever a transaction that writes has ended
 * (PostgreSQL manual, section 9.27.5, `pg_current_snapshot`). Transactions of other databases of the cluster count, too.
 */
export function createChanges(database: Database): Changes {
  return {
    async readState() {
      const [row] = await database.prepared(
        sql<{ state: string }>`select pg_current_snapshot()::text as state`,
      );
      return row?.state ?? '';
    },
  };
}
