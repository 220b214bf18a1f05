import { type RawBuilder, sql } from 'kysely';
import { type File, type FileVersion, isFileId } from '../../files/file.ts';
import { column, namesIn, type RowOf } from '../database/columns.ts';

/** The columns of `versions` that a version is read from. */
const versionTable = {
  version_id: column<string>('uuid'),
  version: column<number>('integer'),
  object_key: column<string>('text'),
  mime_type: column<string>('text'),
  size_bytes: column<number>('bigint'),
  width: column<number | null>('integer'),
  height: column<number | null>('integer'),
  etag: column<string>('text'),
  created_at: column<Date>('timestamptz'),
  created_by: column<string>('text'),
  scan: column<'passed' | null>('text'),
} as const;

/** A row of `versions` as it is read. */
export type VersionRow = RowOf<typeof versionTable>;

export const versionColumns = namesIn('versions', versionTable);

type FileRef = Pick<File, 'tenant' | 'id'>;

/** Whether a row of `versions` is this version of the file; none is for a text that is no id. */
export function isVersion({ tenant, id }: FileRef, versionId: string): RawBuilder<boolean> {
  const uuid = isFileId(versionId) ? versionId : null;
  return sql`(versions.tenant = ${tenant} and file_id = ${id}::uuid and version_id = ${uuid}::uuid)`;
}

export function selectVersion(file: FileRef, versionId: string): RawBuilder<VersionRow> {
  return sql`select ${versionColumns} from bkend.versions where ${isVersion(file, versionId)}`;
}

export function readVersion(row: VersionRow): FileVersion {
  return {
    versionId: row.version_id,
    version: row.version,
    objectKey: row.object_key,
    mimeType: row.mime_type,
    sizeBytes: row.size_bytes,
    ...(row.width !== null && { width: row.width }),
    ...(row.height !== null && { height: row.height }),
    etag: row.etag,
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.scan && { scan: row.scan }),
  };
}
