import { type RawBuilder, sql } from 'kysely';
import type { Registration, UploadRepository } from '../../uploads/ports.ts';
import type { Database } from '../database/database.ts';
import { derivedValues } from '../files/derived-values.ts';
import { type FileRow, fileColumns, fileValue, type NewFileValues, readFile } from '../files/file-row.ts';
import { creatingFiles } from '../files/record-change.ts';
import { takingUpload } from './take-upload.ts';

/** Makes an upload a file, where the attempt that claimed it still holds it, in one statement. */
export function registerFile(database: Database): UploadRepository['register'] {
  return async (registration) => {
    const [row] = await database.prepared(registerStatement(registration));
    return row && readFile(row);
  };
}

function registerStatement(file: Registration): RawBuilder<FileRow> {
  return sql<FileRow>`
    with ${takingUpload(file)}, ${creatingFiles(newValues(file), 'ended')}
    select ${fileColumns} from created as files`;
}

/** Values over rows of `uploads`: what the registration leaves out is taken from the upload. */
function newValues(file: Registration): NewFileValues {
  const orOfUpload = (
    name: 'folder' | 'visibility' | 'category' | 'owner_id' | 'owner_type',
    value: string | undefined,
  ) => sql`coalesce(${value ?? null}, ${sql.ref(name)})`;
  return {
    ...derivedValues(file),
    id: fileValue('id', file.id),
    tenant: sql`tenant`,
    key: sql`key`,
    object_key: fileValue('object_key', file.objectKey),
    original_name: fileValue('original_name', file.originalName),
    folder: orOfUpload('folder', file.folder),
    mime_type: fileValue('mime_type', file.mimeType),
    size_bytes: fileValue('size_bytes', file.sizeBytes),
    width: fileValue('width', file.width),
    height: fileValue('height', file.height),
    visibility: orOfUpload('visibility', file.visibility),
    visibility_before_trash: fileValue('visibility_before_trash', undefined),
    bucket: fileValue('bucket', file.bucket),
    category: orOfUpload('category', file.category),
    metadata: fileValue('metadata', file.metadata),
    owner_id: orOfUpload('owner_id', file.ownerId),
    owner_type: orOfUpload('owner_type', file.ownerType),
    shared_with: fileValue('shared_with', [...file.sharedWith]),
    etag: fileValue('etag', file.etag),
    version: fileValue('version', 1),
    version_id: fileValue('version_id', undefined),
    created_at: fileValue('created_at', file.at),
    updated_at: fileValue('updated_at', file.at),
    deleted_at: fileValue('deleted_at', undefined),
  };
}
