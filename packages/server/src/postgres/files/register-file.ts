import { type RawBuilder, sql } from 'kysely';
import type { File } from '../../files/file.ts';
import type { Registration } from '../../files/ports.ts';
import type { Database } from '../database.ts';
import { leftBehind } from '../uploads/claim-upload.ts';
import { type FileRow, fileColumns, readFile } from './file-row.ts';
import { afterLease } from './purge-times.ts';
import { creatingFiles } from './record-change.ts';
import { searchName } from './search-name.ts';

/**
 * Makes an upload a file, where the attempt that claimed it still holds it: upload out, file in, the purge of the copy
 * called off and that of the upload's own bytes queued, in one statement. Each of these happens only with all the others:
 * a copy whose purge has begun is not taken, and a copy that is not taken is purged.
 */
export async function registerFile(
  database: Database,
  registration: Registration,
): Promise<File | undefined> {
  const [row] = await database.prepared(registerStatement(registration));
  return row && readFile(row);
}

function registerStatement(file: Registration): RawBuilder<FileRow> {
  const { upload, attempt } = file;
  const isCopy = file.objectKey !== upload.key;
  return sql<FileRow>`
    with held as materialized (
      select * from bkend.uploads
      where tenant = ${upload.tenant} and key = ${upload.key} and attempt = ${attempt}::uuid and not aborted
      for update
    ),
    ${isCopy ? callingOffPurge(file.objectKey) : sql``}
    ended as (
      delete from bkend.uploads using ${sql.raw(isCopy ? 'kept' : 'held')} as taken
      where uploads.tenant = taken.tenant and uploads.key = taken.key
      returning uploads.*
    ),
    left_behind as (${leftBehind('ended')}),
    ${creatingFiles(sql`
      select
        ${file.id}::uuid, tenant, key, ${file.objectKey}, ${file.originalName}, ${searchName(file.originalName)},
        ${file.mimeType}, ${file.sizeBytes}::bigint, ${file.width ?? null}::int, ${file.height ?? null}::int,
        coalesce(${file.visibility ?? null}, visibility), ${file.bucket}, coalesce(${file.category ?? null}, category),
        ${JSON.stringify(file.metadata)}::json, ${file.metadata.tags ?? []}::text[],
        coalesce(${file.ownerId ?? null}, owner_id), coalesce(${file.ownerType ?? null}, owner_type),
        ${file.sharedWith}::text[], ${file.etag}, ${file.at}::timestamptz, ${file.at}::timestamptz
      from ended`)}
    select ${fileColumns} from created as files`;
}

/** Only a purge that has not begun: taking one moves its `due_at`. */
function callingOffPurge(objectKey: string): RawBuilder<unknown> {
  return sql`
    kept as (
      delete from bkend.purges using held
      where purges.tenant = held.tenant and purges.key = ${objectKey}
        and purges.due_at = held.lease_until + ${afterLease}
      returning held.tenant, held.key
    ),`;
}
