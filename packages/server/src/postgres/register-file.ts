import { StorageError } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { Registration, RegistrationOutcome } from '../files/ports.ts';
import type { Caller } from '../identity/caller.ts';
import type { Database } from './database.ts';
import { type FileRow, fileColumns, readFile } from './file-row.ts';
import { searchName } from './search-name.ts';
import { fileShares } from './shares.ts';
import { isManageable } from './visible-files.ts';

/** Once is enough unless the upload is aborted or registered at that very moment, which happens to it once. */
const maxAttempts = 5;

/**
 * Makes an upload a file: upload out, file, shares and usage in, and the reason when it cannot be, in one statement.
 * Of two at once, one waits for the other's row lock and then finds the upload gone; its snapshot is older than the
 * file that took its place, so it asks once more.
 */
export async function registerFile(
  database: Database,
  caller: Caller,
  registration: Registration,
): Promise<RegistrationOutcome> {
  const statement = registerStatement(caller, registration);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const [row] = await database.prepared(statement);
    if (row === undefined) throw new Error('a registration answers with one row');
    switch (row.outcome) {
      case 'overtaken':
        continue;
      case 'registered':
      case 'already-registered':
        return { outcome: row.outcome, file: readFile(row) };
      default:
        return { outcome: row.outcome };
    }
  }
  throw new StorageError('common/unavailable', 'This upload is being changed all the time; try again.');
}

type OutcomeRow = FileRow & { outcome: RegistrationOutcome['outcome'] | 'overtaken' };

function registerStatement(caller: Caller, file: Registration): RawBuilder<OutcomeRow> {
  const isOpen = sql`uploads.tenant = ${file.tenant} and uploads.key = ${file.key}
    and not uploads.aborted and uploads.expires_at > ${file.at}`;
  const isAllowed = isManageable(caller, 'uploads');

  return sql<OutcomeRow>`
    with ended as (
      delete from bkend.uploads where ${isOpen} and ${isAllowed} returning *
    ),
    filed as (
      insert into bkend.files (
        id, tenant, key, original_name, search_name, mime_type, size_bytes, width, height, visibility, bucket, category,
        metadata, tags, owner_id, owner_type, shared_with, etag, created_at, updated_at
      )
      select
        ${file.id}::uuid, tenant, key, ${file.originalName}, ${searchName(file.originalName)}, ${file.mimeType},
        ${file.sizeBytes}::bigint, ${file.width ?? null}::int, ${file.height ?? null}::int,
        coalesce(${file.visibility ?? null}, visibility), ${file.bucket}, coalesce(${file.category ?? null}, category),
        ${JSON.stringify(file.metadata)}::json, ${file.metadata.tags ?? []}::text[],
        coalesce(${file.ownerId ?? null}, owner_id), coalesce(${file.ownerType ?? null}, owner_type),
        ${file.sharedWith}::text[], ${file.etag}, ${file.at}::timestamptz, ${file.at}::timestamptz
      from ended
      returning *
    ),
    shared as (${fileShares(sql`filed`)}),
    counted as (
      insert into bkend.usage_deltas (tenant, owner_id, owner_type, visibility, category, files, bytes)
      select tenant, owner_id, owner_type, visibility, category, 1, size_bytes from filed
    ),
    files as (
      select 'registered' as outcome, * from filed
      union all
      select 'already-registered', * from bkend.files where tenant = ${file.tenant} and key = ${file.key}
    )
    select ${fileColumns}, coalesce(files.outcome, case
      when uploads.key is null then 'upload-not-found'
      when not ${isAllowed} then 'access-denied'
      else 'overtaken'
    end) as outcome
    from (values (1)) as one
    left join files on true
    left join bkend.uploads on ${isOpen}`;
}
