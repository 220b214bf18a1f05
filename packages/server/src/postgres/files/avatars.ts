import { sql } from 'kysely';
import type { FileRepository } from '../../files/ports.ts';
import type { Database } from '../database/database.ts';
import { isTrashed } from './asked-files.ts';
import { type FileRow, fileColumns, fileValue, readFile } from './file-row.ts';
import { removingFiles, updatingFiles } from './record-change.ts';

/** Avatars: the one file of a user that is marked so. */
export function createAvatars(database: Database): Pick<FileRepository, 'findAvatar' | 'setAvatar'> {
  return {
    async findAvatar(tenant, userId) {
      const [row] = await database.prepared(sql<FileRow>`
        select ${fileColumns} from bkend.files
        where tenant = ${tenant} and owner_id = ${userId} and owner_type = 'user' and is_avatar
          and not ${isTrashed('files')}`);
      return row && readFile(row);
    },

    setAvatar({ tenant, userId, id, at }) {
      const isThere = sql`not ${isTrashed('files')}`;
      const ofUser = sql`tenant = ${tenant} and owner_id = ${userId} and owner_type = 'user'`;
      const which = sql`
        select ${fileColumns}, tags from bkend.files where ${ofUser} and id = ${id} and ${isThere} for update`;
      const former = sql`select ${fileColumns}, tags from bkend.files where ${ofUser} and is_avatar and id <> ${id}`;
      return database.transaction(async (transaction) => {
        // Concurrent changes of one avatar go one after the other.
        await sql`select pg_advisory_xact_lock(hashtextextended(${`avatar ${tenant} ${userId}`}, 0))`.execute(
          transaction,
        );
        const { rows } = await sql<FileRow>`${which}`.execute(transaction);
        if (rows.length === 0) return undefined;
        const removed = sql`${former} and ${isThere} for update`;
        await sql`with ${removingFiles(removed, { bytes: 'purged' })} select from removed`.execute(
          transaction,
        );
        const inTrash = sql`${former} for update`;
        await sql`with ${updatingFiles(inTrash, { is_avatar: sql`false` })} select from updated`.execute(
          transaction,
        );
        const set = {
          is_avatar: sql`true`,
          visibility: fileValue('visibility', 'public'),
          bucket: fileValue('bucket', 'avatars'),
          updated_at: fileValue('updated_at', at),
        };
        const changed = await sql<FileRow>`
          with ${updatingFiles(which, set)} select ${fileColumns} from updated as files`.execute(transaction);
        const [row] = changed.rows;
        return row && readFile(row);
      });
    },
  };
}
