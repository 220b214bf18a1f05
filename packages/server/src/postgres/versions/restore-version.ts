import { sql } from 'kysely';
import type { VersionRepository } from '../../files/versions/version-repository.ts';
import type { Database } from '../database/database.ts';
import { isTrashed } from '../files/asked-files.ts';
import { contentsValues } from '../files/contents-values.ts';
import { type FileRow, fileColumns, readFile } from '../files/file-row.ts';
import { replacingContents } from '../files/record-change.ts';
import { readVersion, selectVersion, type VersionRow } from './version-row.ts';

/** Gives a file the contents of a version, in one transaction and under the locks of both; no bytes are copied. */
export function restoreVersion(database: Database): VersionRepository['restore'] {
  return ({ tenant, id, versionId, keep, at }, decide) =>
    database.transaction(async (transaction) => {
      const which = sql<FileRow>`
        select ${fileColumns} from bkend.files
        where tenant = ${tenant} and id = ${id}::uuid and not ${isTrashed('files')} for update`;
      const [row] = (await which.execute(transaction)).rows;
      if (row === undefined) return undefined;
      const file = readFile(row);
      decide(file);
      if (file.versionId === versionId) return file;
      const found = await sql<VersionRow>`${selectVersion(file, versionId)} for update`.execute(transaction);
      const [versionRow] = found.rows;
      if (versionRow === undefined) return undefined;
      const version = readVersion(versionRow);
      const values = contentsValues({ ...version, version: file.version + 1 }, at);
      const all = sql`select * from bkend.files where tenant = ${tenant} and id = ${id}::uuid for update`;
      const { rows } = await sql<FileRow>`
        with ${replacingContents(all, values, { keep, taken: version.version, at })}
        select ${fileColumns} from updated as files`.execute(transaction);
      return rows[0] && readFile(rows[0]);
    });
}
