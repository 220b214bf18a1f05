import { sql } from 'kysely';
import type { FileVersion } from '../../files/file.ts';
import { fileValue } from './file-row.ts';
import type { FileAssignments } from './record-change.ts';

/**
 * The columns of a file that its contents are.
 * @param version the contents as they are known among the versions
 * @param at instant of the change
 */
export function contentsValues(version: FileVersion, at: Date): FileAssignments {
  return {
    object_key: fileValue('object_key', version.objectKey),
    mime_type: fileValue('mime_type', version.mimeType),
    size_bytes: fileValue('size_bytes', version.sizeBytes),
    width: fileValue('width', version.width),
    height: fileValue('height', version.height),
    etag: fileValue('etag', version.etag),
    version: fileValue('version', version.version),
    version_id: fileValue('version_id', version.versionId),
    contents_at: sql`${version.createdAt}::timestamptz`,
    contents_by: sql`${version.createdBy}::text`,
    scan: fileValue('scan', version.scan),
    lost_at: sql`null`,
    updated_at: fileValue('updated_at', at),
  };
}
