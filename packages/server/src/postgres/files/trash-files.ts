import { sql } from 'kysely';
import type { FileRepository, Refusal } from '../../files/ports.ts';
import type { Database } from '../database/database.ts';
import { askedFiles, isTrashed, outcomesById } from './asked-files.ts';
import { type FileRow, fileColumns, fileValue, readFile, trashed } from './file-row.ts';
import { type FileAssignments, removingFiles, updatingFiles } from './record-change.ts';

/** The change of a file that goes into the trash. */
export function intoTrash(at: Date): FileAssignments {
  return {
    visibility: fileValue('visibility', trashed),
    visibility_before_trash: sql`before.visibility`,
    deleted_at: fileValue('deleted_at', at),
  };
}

/**
 * Puts files into the trash, and restores them. A file in the trash has the visibility `trashed` in its row, which gives
 * no access: its shares go, and no list, count or look-up finds it but those of the trash. A file that is there, or not
 * there, already is not changed, so that of concurrent callers one changes it.
 */
export function createTrash(database: Database): Pick<FileRepository, 'trash' | 'restore'> {
  return {
    async trash(caller, files, at) {
      const { ids, locking, others, refusal, send } = askedFiles(caller, files);
      if (ids.length === 0) return new Map();
      const which = sql`select * from asked where not ${isTrashed('asked')}`;
      const rows = await database[send](sql<{ id: string; outcome: 'trashed' | Refusal }>`
        with ${locking}, ${updatingFiles(which, intoTrash(at))}
        select id, 'trashed' as outcome from asked
        union all select id, ${refusal} ${others}`);
      return outcomesById(
        ids,
        rows.map(({ id, outcome }) => [id, outcome]),
      );
    },

    async restore(caller, files) {
      const { ids, locking, others, refusal, send } = askedFiles(caller, files);
      if (ids.length === 0) return new Map();
      const which = sql`select * from asked where ${isTrashed('asked')}`;
      const rows = await database[send](sql<FileRow & { refusal: Refusal | null }>`
        with ${locking}, ${updatingFiles(which, {
          visibility: sql`coalesce(before.visibility_before_trash, 'private')`,
          visibility_before_trash: fileValue('visibility_before_trash', null),
          deleted_at: fileValue('deleted_at', null),
        })}
        select ${fileColumns}, null as refusal from updated as files
        union all select ${fileColumns}, null from asked as files where not ${isTrashed('files')}
        union all select ${fileColumns}, ${refusal} ${others}`);
      return outcomesById(
        ids,
        rows.map((row) => [row.id, row.refusal ?? readFile(row)]),
      );
    },
  };
}

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
