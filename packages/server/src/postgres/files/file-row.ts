import type { Bucket, Category, FileMetadata, OwnerType, Visibility } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { File, ScanState } from '../../files/file.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { column, namesIn, type RowOf, type Values } from '../database/columns.ts';

/** The visibility in the row of a file that is in the trash: no list, count or look-up of others' files names it. */
export const trashed = 'trashed';

/**
 * The visibility in the row of a file whose bytes wait for a scan, outside the trash: no list, count or look-up of others' files names
 * it, either. A trigger of migration 0024 sets it.
 */
export const unscanned = 'unscanned';

/** The visibility in a row of `files`. */
export type StoredVisibility = Visibility | typeof trashed | typeof unscanned;

/**
 * The columns of `files` that a file is read from: the one list of them. The row type, `select` and, with the columns
 * below, `insert` and `update` derive from it. A new column is added by a migration, here, in `readFile`, and in `new-file.ts`:
 * to the rows of new files, or to the values that all of them begin with.
 */
const fileTable = {
  id: column<string>('uuid'),
  tenant: column<Tenant>('text'),
  key: column<string>('text'),
  /** Null: the bytes lie at `key`, as those of files that the first version registered. */
  object_key: column<string | null>('text'),
  original_name: column<string>('text'),
  /** '': not filled yet. */
  sort_name: column<string>('text'),
  folder: column<string>('text'),
  mime_type: column<string>('text'),
  size_bytes: column<number>('bigint'),
  width: column<number | null>('integer'),
  height: column<number | null>('integer'),
  visibility: column<StoredVisibility>('text'),
  /** The file's own visibility, while `visibility` is another one. */
  visibility_before_trash: column<Visibility | null>('text'),
  bucket: column<Bucket>('text'),
  category: column<Category>('text'),
  metadata: column<FileMetadata>('json'),
  owner_id: column<string>('text'),
  owner_type: column<OwnerType>('text'),
  shared_with: column<string[]>('text[]'),
  etag: column<string>('text'),
  version: column<number>('integer'),
  /** Null: the file's first contents, of which the file's own id is the version id. */
  version_id: column<string | null>('uuid'),
  created_at: column<Date>('timestamptz'),
  updated_at: column<Date>('timestamptz'),
  deleted_at: column<Date | null>('timestamptz'),
  self_registered: column<boolean>('boolean'),
  scan: column<ScanState | null>('text'),
} as const;

/** A row of `files` as it is read. */
export type FileRow = RowOf<typeof fileTable>;

/** Columns that are derived from the others, for search alone: written and never read. */
type SearchColumn = 'search_name' | 'tags';

/** An expression for every column that a new file sets. */
export type NewFileValues = Values<keyof FileRow | SearchColumn>;

/** Expressions for the columns that a change of a file sets. */
export type ChangedFileValues = Partial<NewFileValues>;

export type FileColumn = keyof FileRow;
// Object.keys forgets the names' type; this object has no others.
export const fileColumnNames = Object.keys(fileTable) as readonly FileColumn[];

/** The columns of {@link FileRow}; the statement calls the table `files`. */
export const fileColumns = namesIn('files', fileTable);

/** The SQL type of a column. */
export function fileType(name: FileColumn): string {
  return fileTable[name].type;
}

/** A parameter of a column's own type; null where there is no value. */
export function fileValue<Name extends keyof FileRow>(
  name: Name,
  value: FileRow[Name] | undefined,
): RawBuilder<unknown> {
  const parameter = fileTable[name].type === 'json' ? JSON.stringify(value) : (value ?? null);
  return sql`${parameter}::${sql.raw(fileTable[name].type)}`;
}

export function readFile(row: FileRow): File {
  // The visibility alone decides: a process of the version before may have changed it, and knows no other column.
  const isTrashed = row.visibility === trashed;
  return {
    id: row.id,
    tenant: row.tenant,
    key: row.key,
    objectKey: row.object_key ?? row.key,
    originalName: row.original_name,
    sortName: row.sort_name,
    folder: row.folder,
    mimeType: row.mime_type,
    sizeBytes: row.size_bytes,
    ...(row.width !== null && { width: row.width }),
    ...(row.height !== null && { height: row.height }),
    visibility: isOwn(row.visibility) ? row.visibility : (row.visibility_before_trash ?? 'private'),
    bucket: row.bucket,
    category: row.category,
    metadata: row.metadata,
    ownerId: row.owner_id,
    ownerType: row.owner_type,
    sharedWith: row.shared_with,
    etag: row.etag,
    version: row.version,
    versionId: row.version_id ?? row.id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.self_registered && { isSelfRegistered: true }),
    // Events of before have none.
    ...(row.scan && { scan: row.scan }),
    ...(isTrashed && row.deleted_at !== null && { deletedAt: row.deleted_at }),
  };
}

function isOwn(visibility: StoredVisibility): visibility is Visibility {
  return visibility !== trashed && visibility !== unscanned;
}

/**
 * Conditions on `files` that have a key given by an import: one that this server would not have made. Their bytes lie behind their
 * base key (`baseKeyOf` of `file-key.ts`). Migration 0012 has an index by each.
 */

/** Whether the file's key was given; spelt as the indexes have it. */
export const hasGivenKey: RawBuilder<boolean> = sql`split_part(files.object_key, '~', 1) <> files.key`;

/** Whether this is the base key of the file: its own, where none was given. */
export function hasBaseKey(key: string): RawBuilder<boolean> {
  return sql`(files.key = ${key}
    or (${hasGivenKey} and files.object_key >= ${`${key}~`} and files.object_key < ${`${key}~~`}))`;
}
