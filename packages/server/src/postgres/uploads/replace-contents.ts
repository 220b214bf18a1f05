import { type RawBuilder, sql } from 'kysely';
import { splitUploadKey } from '../../uploads/file-key.ts';
import type { Replacement, UploadRepository } from '../../uploads/ports.ts';
import type { Database } from '../database/database.ts';
import { isTrashed } from '../files/asked-files.ts';
import { contentsValues } from '../files/contents-values.ts';
import { type FileRow, fileColumns, hasBaseKey, readFile } from '../files/file-row.ts';
import { replacingContents } from '../files/record-change.ts';
import { givenUpload, holdingUpload, takingUploads } from './take-upload.ts';

/**
 * Gives a file the contents of an upload, where the attempt that claimed it still holds it, in one transaction: under the
 * locks of upload and file, one statement takes the upload and changes the file.
 */
export function replaceContents(database: Database): UploadRepository['replaceContents'] {
  return (replacement, decide) =>
    database.transaction(async (transaction) => {
      const { upload } = replacement;
      const held = await holdingUpload(replacement).execute(transaction);
      if (held.rows.length === 0) return undefined;
      const { fileKey } = splitUploadKey(upload.key);
      const found = await sql<FileRow>`
        select ${fileColumns} from bkend.files
        where tenant = ${upload.tenant} and ${hasBaseKey(fileKey)} and not ${isTrashed('files')} for update`.execute(
        transaction,
      );
      const before = found.rows[0] && readFile(found.rows[0]);
      decide(before);
      if (before === undefined) return undefined;
      const { rows } = await replaceStatement(replacement, before).execute(transaction);
      return rows[0] && readFile(rows[0]);
    });
}

function replaceStatement(
  replacement: Replacement,
  { id, version }: { readonly id: string; readonly version: number },
): RawBuilder<FileRow> {
  const { upload, keep, at } = replacement;
  const { versionId = id } = splitUploadKey(upload.key);
  const which = sql`
    select files.* from bkend.files join ended on files.tenant = ended.tenant
    where files.id = ${id}::uuid for update of files`;
  const values = contentsValues({ ...replacement, versionId, version: version + 1, createdAt: at }, at);
  return sql<FileRow>`
    with ${givenUpload(replacement)}, ${takingUploads}, ${replacingContents(which, values, { keep, at })}
    select ${fileColumns} from updated as files`;
}
