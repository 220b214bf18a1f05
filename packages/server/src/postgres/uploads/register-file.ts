import { sql } from 'kysely';
import { foldCase } from '../../files/fold-case.ts';
import { sortNameOf } from '../../files/sort-name.ts';
import type { Registration, UploadRepository } from '../../uploads/ports.ts';
import { givenRows, textsOf } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { type FileRow, fileColumns, type NewFileValues, readFile } from '../files/file-row.ts';
import { creatingFiles } from '../files/record-change.ts';
import { batchUploads } from './batch-uploads.ts';
import { takingUploads } from './take-upload.ts';

/**
 * Makes an upload a file, where the attempt that claimed it still holds it, in one statement, which concurrent registrations
 * share.
 */
export function registerFile(database: Database): UploadRepository['register'] {
  return batchUploads(async (registrations: readonly Registration[]) => {
    const rows = await database.prepared(sql<FileRow>`
      with given as materialized (
        select * from ${givenRows('given', registrationColumns, registrations.map(rowOf))}
      ),
      ${takingUploads},
      registered as (select given.*, ${ofUpload} from ended join given using (tenant, key)),
      ${creatingFiles(newValues, 'registered')}
      select ${fileColumns} from created as files`);
    const files = new Map(rows.map((row) => [row.id, readFile(row)]));
    return registrations.map(({ id }) => files.get(id));
  });
}

/** Columns of the rows below, which have the names of `files`. */
const registrationColumns = {
  tenant: 'text',
  key: 'text',
  attempt: 'uuid',
  object_key: 'text',
  id: 'uuid',
  original_name: 'text',
  sort_name: 'text',
  search_name: 'text',
  given_folder: 'text',
  mime_type: 'text',
  size_bytes: 'bigint',
  width: 'integer',
  height: 'integer',
  given_visibility: 'text',
  bucket: 'text',
  given_category: 'text',
  metadata: 'json',
  tags: 'json',
  given_owner_id: 'text',
  given_owner_type: 'text',
  shared_with: 'json',
  etag: 'text',
  self_registered: 'boolean',
  at: 'timestamptz',
} as const;

function rowOf(file: Registration): Readonly<Record<keyof typeof registrationColumns, unknown>> {
  return {
    tenant: file.upload.tenant,
    key: file.upload.key,
    attempt: file.attempt,
    object_key: file.objectKey,
    id: file.id,
    original_name: file.originalName,
    sort_name: sortNameOf(file.originalName),
    search_name: foldCase(file.originalName),
    given_folder: file.folder,
    mime_type: file.mimeType,
    size_bytes: file.sizeBytes,
    width: file.width,
    height: file.height,
    given_visibility: file.visibility,
    bucket: file.bucket,
    given_category: file.category,
    metadata: file.metadata,
    tags: file.metadata.tags ?? [],
    given_owner_id: file.ownerId,
    given_owner_type: file.ownerType,
    shared_with: file.sharedWith,
    etag: file.etag,
    self_registered: file.isSelfRegistered === true,
    at: file.at,
  };
}

/** Columns that a registration may leave out: then they are the upload's. */
const ofUpload = sql.join(
  ['folder', 'visibility', 'category', 'owner_id', 'owner_type'].map(
    (name) => sql`coalesce(given.${sql.raw(`given_${name}`)}, ended.${sql.raw(name)}) as ${sql.raw(name)}`,
  ),
);

/** Values over the rows of `registered`. */
const newValues: NewFileValues = {
  id: sql`id`,
  tenant: sql`tenant`,
  key: sql`key`,
  object_key: sql`object_key`,
  original_name: sql`original_name`,
  sort_name: sql`sort_name`,
  search_name: sql`search_name`,
  folder: sql`folder`,
  mime_type: sql`mime_type`,
  size_bytes: sql`size_bytes`,
  width: sql`width`,
  height: sql`height`,
  visibility: sql`visibility`,
  visibility_before_trash: sql`null`,
  bucket: sql`bucket`,
  category: sql`category`,
  metadata: sql`metadata`,
  tags: textsOf(sql`tags`),
  owner_id: sql`owner_id`,
  owner_type: sql`owner_type`,
  shared_with: textsOf(sql`shared_with`),
  etag: sql`etag`,
  version: sql`1`,
  version_id: sql`null`,
  created_at: sql`at`,
  updated_at: sql`at`,
  deleted_at: sql`null`,
  self_registered: sql`self_registered`,
};
