import { sql } from 'kysely';
import type { InstallationRecord } from '../../jobs/installation-marker.ts';
import type { Database } from './database.ts';

/** The installation that the database belongs to. */
export function createInstallationRecord(database: Database): InstallationRecord {
  return {
    async read() {
      const [row] = await database.rows(
        sql<{
          id: string;
          marked_at: Date | null;
          restored_at: Date | null;
        }>`select id, marked_at, restored_at from bkend.installation`,
      );
      if (row === undefined) throw new Error('The database has lost the id of its installation.');
      return {
        id: row.id,
        ...(row.marked_at !== null && { markedAt: row.marked_at }),
        ...(row.restored_at !== null && { restoredAt: row.restored_at }),
      };
    },
    async setMarked(at) {
      await database.rows(sql`update bkend.installation set marked_at = ${at}`);
    },
  };
}
