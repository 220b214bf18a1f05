import { type RawBuilder, sql } from 'kysely';
import type { File } from '../files/file.ts';
import type { FileChange } from '../files/ports.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Database } from './database.ts';
import { fileChannel } from './file-notices.ts';
import { type FileRow, fileColumns, readFile } from './file-row.ts';
import { searchName } from './search-name.ts';
import { fileShares } from './shares.ts';

/**
 * Reads the file under a lock, asks what to change, and writes it, with its shares and its usage, in one transaction that
 * tells of it when it commits.
 */
export function changeFile(
  database: Database,
  where: { readonly tenant: Tenant; readonly id: string; readonly at: Date },
  decide: (file: File) => FileChange,
): Promise<File | undefined> {
  const isIt = sql`files.tenant = ${where.tenant} and files.id = ${where.id}`;
  return database.transaction(async (transaction) => {
    const found = await sql<FileRow>`
      select ${fileColumns} from bkend.files where ${isIt} for update
    `.execute(transaction);
    const row = found.rows[0];
    if (row === undefined) return undefined;
    const before = readFile(row);
    const after: File = { ...before, ...decide(before), updatedAt: where.at };

    await sql`delete from bkend.shares where tenant = ${where.tenant} and file_id = ${where.id}`.execute(
      transaction,
    );
    await writeStatement(before, after, isIt).execute(transaction);
    return after;
  });
}

/** Shares repeat fields of the file, so they are written anew with it. */
function writeStatement(before: File, after: File, isIt: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    with files as (
      update bkend.files set
        original_name = ${after.originalName},
        search_name = ${searchName(after.originalName)},
        visibility = ${after.visibility},
        metadata = ${JSON.stringify(after.metadata)}::json,
        tags = ${after.metadata.tags ?? []}::text[],
        shared_with = ${after.sharedWith}::text[],
        updated_at = ${after.updatedAt}
      where ${isIt}
      returning *
    ),
    shared as (${fileShares(sql`files`)}),
    counted as (
      insert into bkend.usage_deltas (tenant, owner_id, owner_type, visibility, category, files, bytes)
      select tenant, owner_id, owner_type, change.visibility, category, change.sign, change.sign * size_bytes
      from files, (values (${before.visibility}, -1), (${after.visibility}, 1)) as change (visibility, sign)
      where ${before.visibility !== after.visibility}::boolean
    )
    select pg_notify(${fileChannel}, key) from files`;
}
