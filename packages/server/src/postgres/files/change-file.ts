import { sql } from 'kysely';
import type { File } from '../../files/file.ts';
import type { FileRepository } from '../../files/ports.ts';
import { foldCase, sortNameOf } from '../../files/sort-name.ts';
import type { Database } from '../database/database.ts';
import { isTrashed } from './asked-files.ts';
import { type ChangedFileValues, type FileRow, fileColumns, fileValue, readFile } from './file-row.ts';
import { updatingFiles } from './record-change.ts';

/** Reads the file under a lock, calls `decide` and writes the change, in one transaction. */
export function changeFile(database: Database): FileRepository['change'] {
  return (where, decide) => {
    const which = sql<FileRow>`
      select ${fileColumns}, tags from bkend.files
      where tenant = ${where.tenant} and id = ${where.id} and not ${isTrashed('files')} for update`;
    return database.transaction(async (transaction) => {
      const found = await which.execute(transaction);
      const row = found.rows[0];
      if (row === undefined) return undefined;
      const before = readFile(row);
      const changed: File = { ...before, ...decide(before), updatedAt: where.at };
      const after: File = { ...changed, sortName: sortNameOf(changed.originalName) };
      await sql`with ${updatingFiles(which, changedValues(after))} select from updated`.execute(transaction);
      return after;
    });
  };
}

function changedValues(file: File): ChangedFileValues {
  return {
    original_name: fileValue('original_name', file.originalName),
    sort_name: fileValue('sort_name', file.sortName),
    search_name: sql`${foldCase(file.originalName)}`,
    visibility: fileValue('visibility', file.visibility),
    folder: fileValue('folder', file.folder),
    category: fileValue('category', file.category),
    metadata: fileValue('metadata', file.metadata),
    tags: sql`${file.metadata.tags ?? []}::text[]`,
    shared_with: fileValue('shared_with', [...file.sharedWith]),
    width: fileValue('width', file.width),
    height: fileValue('height', file.height),
    bucket: fileValue('bucket', file.bucket),
    owner_id: fileValue('owner_id', file.ownerId),
    owner_type: fileValue('owner_type', file.ownerType),
    self_registered: fileValue('self_registered', file.isSelfRegistered === true),
    updated_at: fileValue('updated_at', file.updatedAt),
  };
}
