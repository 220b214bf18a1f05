import { sql } from 'kysely';
import type { FileRepository, Refusal } from '../../files/ports.ts';
import type { Database } from '../database/database.ts';
import { askedFiles, outcomesById } from './asked-files.ts';
import { removingFiles } from './record-change.ts';

/** Removes the files that the caller may remove and queues the purge of their bytes, in one statement. */
export function removeFiles(database: Database): FileRepository['remove'] {
  return async (caller, files) => {
    const { ids, locking, others, refusal, send } = askedFiles(caller, files);
    if (ids.length === 0) return new Map();
    const rows = await database[send](sql<{ id: string; outcome: 'deleted' | Refusal }>`
      with ${locking}, ${removingFiles(sql`select * from asked`, { bytes: 'purged' })}
      select id, 'deleted' as outcome from asked
      union all select id, ${refusal} ${others}`);
    return outcomesById(
      ids,
      rows.map(({ id, outcome }) => [id, outcome]),
    );
  };
}
