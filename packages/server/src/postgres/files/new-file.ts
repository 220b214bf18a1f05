import { type RawBuilder, sql } from 'kysely';
import type { File, Owner } from '../../files/file.ts';
import { foldCase, sortNameOf } from '../../files/sort-name.ts';
import { textsOf } from '../database/columns.ts';
import { type FileColumn, fileColumnNames, fileType, type NewFileValues } from './file-row.ts';

/** Columns that have the same value in every new file. */
const initialValues = {
  visibility_before_trash: sql`null`,
  version: sql`1`,
  version_id: sql`null`,
  deleted_at: sql`null`,
};

/** The columns that a new file is given with. */
export type NewFileColumn = Exclude<keyof NewFileValues, keyof typeof initialValues>;

const isGiven = (name: FileColumn): name is FileColumn & NewFileColumn => !(name in initialValues);

/** {@link NewFileColumn} with the types that `givenRows` gives them as: an array is given as JSON. */
export const newFileColumns = {
  ...Object.fromEntries(
    fileColumnNames
      .filter(isGiven)
      .map((name) => [name, fileType(name).endsWith('[]') ? 'json' : fileType(name)]),
  ),
  search_name: 'text',
  tags: 'json',
  // All columns of files but the initial ones, and the two that no file is read from.
} as Readonly<Record<NewFileColumn, string>>;

export const newFileColumnNames = Object.keys(newFileColumns) as readonly NewFileColumn[];

/** Fields that a registration may leave to its upload. */
type UploadField = 'folder' | 'visibility' | 'category' | keyof Owner;

/** A file that is about to be created. */
export type NewFile = Omit<File, UploadField | 'sortName' | 'version' | 'versionId' | 'deletedAt'> &
  Partial<Pick<File, UploadField>>;

/** The row of a new file, for `givenRows`. */
export function newFileRow(file: NewFile): Readonly<Record<NewFileColumn, unknown>> {
  return {
    id: file.id,
    tenant: file.tenant,
    key: file.key,
    object_key: file.objectKey,
    original_name: file.originalName,
    sort_name: sortNameOf(file.originalName),
    search_name: foldCase(file.originalName),
    folder: file.folder,
    mime_type: file.mimeType,
    size_bytes: file.sizeBytes,
    width: file.width,
    height: file.height,
    visibility: file.visibility,
    bucket: file.bucket,
    category: file.category,
    metadata: file.metadata,
    tags: file.metadata.tags ?? [],
    owner_id: file.ownerId,
    owner_type: file.ownerType,
    shared_with: file.sharedWith,
    etag: file.etag,
    created_at: file.createdAt,
    updated_at: file.updatedAt,
    self_registered: file.isSelfRegistered === true,
    scan: file.scan,
  };
}

/** An expression for every column of a new file, over rows that {@link newFileRow} made. */
export const newFileValues: NewFileValues = {
  // The keys are those of the record.
  ...(Object.fromEntries(newFileColumnNames.map((name) => [name, sql.ref(name)])) as Record<
    NewFileColumn,
    RawBuilder<unknown>
  >),
  tags: textsOf(sql`tags`),
  shared_with: textsOf(sql`shared_with`),
  ...initialValues,
};
