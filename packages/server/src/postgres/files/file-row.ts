import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { File } from '../../files/file.ts';
import type { FileTable } from '../tables.ts';

/** A row of `files` as it is read. */
export type FileRow = Selectable<FileTable>;

/** The columns a {@link File} is made of; `files` is what the table goes by in the statement. */
export const fileColumns: RawBuilder<FileRow> = sql.raw(
  [
    'id',
    'tenant',
    'key',
    'object_key',
    'original_name',
    'mime_type',
    'size_bytes',
    'width',
    'height',
    'visibility',
    'bucket',
    'category',
    'metadata',
    'owner_id',
    'owner_type',
    'shared_with',
    'etag',
    'created_at',
    'updated_at',
  ]
    .map((column) => `files.${column}`)
    .join(', '),
);

export function readFile(row: FileRow): File {
  return {
    id: row.id,
    tenant: row.tenant,
    key: row.key,
    objectKey: row.object_key ?? row.key,
    originalName: row.original_name,
    mimeType: row.mime_type,
    sizeBytes: row.size_bytes,
    ...(row.width !== null && { width: row.width }),
    ...(row.height !== null && { height: row.height }),
    visibility: row.visibility,
    bucket: row.bucket,
    category: row.category,
    metadata: row.metadata,
    ownerId: row.owner_id,
    ownerType: row.owner_type,
    sharedWith: row.shared_with,
    etag: row.etag,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
