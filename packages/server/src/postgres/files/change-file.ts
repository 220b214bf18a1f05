import { type RawBuilder, sql } from 'kysely';
import type { File } from '../../files/file.ts';
import type { FileChange } from '../../files/ports.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Database } from '../database.ts';
import { type FileRow, fileColumns, readFile } from './file-row.ts';
import { updatingFiles } from './record-change.ts';
import { searchName } from './search-name.ts';

/** Reads the file under a lock, asks what to change, and writes it, in one transaction. */
export function changeFile(
  database: Database,
  where: { readonly tenant: Tenant; readonly id: string; readonly at: Date },
  decide: (file: File) => FileChange,
): Promise<File | undefined> {
  const which = sql<FileRow>`
    select ${fileColumns} from bkend.files where tenant = ${where.tenant} and id = ${where.id} for update`;
  return database.transaction(async (transaction) => {
    const found = await which.execute(transaction);
    const row = found.rows[0];
    if (row === undefined) return undefined;
    const before = readFile(row);
    const after: File = { ...before, ...decide(before), updatedAt: where.at };
    await sql`with ${updatingFiles(which, columnsOf(after))} select from updated`.execute(transaction);
    return after;
  });
}

function columnsOf(file: File): RawBuilder<unknown> {
  return sql`
    original_name = ${file.originalName},
    search_name = ${searchName(file.originalName)},
    visibility = ${file.visibility},
    metadata = ${JSON.stringify(file.metadata)}::json,
    tags = ${file.metadata.tags ?? []}::text[],
    shared_with = ${file.sharedWith}::text[],
    updated_at = ${file.updatedAt}`;
}
