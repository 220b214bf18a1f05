import { type ErrorCode, StorageError } from '@bkend/storage-contract';
import { sql } from 'kysely';
import type { File } from '../../files/file.ts';
import type { FileChange, FileRepository, Refusal } from '../../files/ports.ts';
import type { Database } from '../database/database.ts';
import { askedFiles, isTrashed } from './asked-files.ts';
import { type FileRow, fileColumns, fileValue, readFile } from './file-row.ts';
import { updatingFiles } from './record-change.ts';

/** Files that one transaction changes: few enough to hold no lock for long. */
const batchSize = 200;

/** Reads files under a lock, calls `decide` for each and writes the changes by one statement; a transaction for every 200. */
export function changeFiles(database: Database): FileRepository['changeMany'] {
  return async (caller, { at, ...files }, decide) => {
    const outcomes = new Map<string, 'changed' | ErrorCode>();
    // In the order in which other statements lock files.
    const sorted = [...files.ids].sort();
    for (let start = 0; start < sorted.length; start += batchSize) {
      const { locking, others, refusal } = askedFiles(caller, {
        ...files,
        ids: sorted.slice(start, start + batchSize),
      });
      await database.transaction(async (transaction) => {
        const { rows } = await sql<FileRow & { refusal: Refusal | null }>`
          with ${locking}
          select ${fileColumns}, case when ${isTrashed('files')} then 'not-found' end as refusal from asked as files
          union all select ${fileColumns}, ${refusal} ${others}`.execute(transaction);
        const changes: { readonly before: File; readonly change: FileChange }[] = [];
        for (const row of rows) {
          if (row.refusal !== null) {
            outcomes.set(row.id, `file/${row.refusal}`);
            continue;
          }
          const before = readFile(row);
          try {
            changes.push({ before, change: decide(before) });
          } catch (error) {
            if (!(error instanceof StorageError)) throw error;
            outcomes.set(row.id, error.code);
          }
        }
        if (changes.length > 0) await writeStatement(changes, at).execute(transaction);
        for (const { before } of changes) outcomes.set(before.id, 'changed');
      });
    }
    return outcomes;
  };
}

/** Writes what a bulk change can set: a column of arrays for each, beside the rows that they belong to. */
function writeStatement(
  changes: readonly { readonly before: File; readonly change: FileChange }[],
  at: Date,
) {
  const files = changes.map(({ before, change }) => ({ ...before, ...change }));
  const which = sql`
    select files.*, change.visibility as new_visibility, change.category as new_category, change.folder as new_folder,
      change.metadata as new_metadata, change.tags as new_tags
    from bkend.files
    join unnest(
      ${files.map(({ tenant }) => tenant)}::text[], ${files.map(({ id }) => id)}::uuid[],
      ${files.map(({ visibility }) => visibility)}::text[], ${files.map(({ category }) => category)}::text[],
      ${files.map(({ folder }) => folder)}::text[],
      ${files.map(({ metadata }) => JSON.stringify(metadata))}::text[],
      ${files.map(({ metadata }) => JSON.stringify(metadata.tags ?? []))}::text[]
    ) as change (tenant, id, visibility, category, folder, metadata, tags)
      on files.tenant = change.tenant and files.id = change.id
    order by files.id for update of files`;
  return sql`
    with ${updatingFiles(which, {
      visibility: sql`before.new_visibility`,
      category: sql`before.new_category`,
      folder: sql`before.new_folder`,
      metadata: sql`before.new_metadata::json`,
      tags: sql`array(select json_array_elements_text(before.new_tags::json))`,
      updated_at: fileValue('updated_at', at),
    })}
    select from updated`;
}
