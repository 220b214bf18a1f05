import type { Category, OwnerType, Visibility } from '@bkend/storage-contract';
import type { Tenant } from '../../identity/tenant.ts';
import type { AnnouncedFields, Upload } from '../../uploads/upload.ts';
import { column, namesIn, type RowOf } from '../database/columns.ts';

/**
 * The columns of `uploads` that an upload is written to and read from: the one list of them. `attempt` and `lease_until`,
 * which claims alone use, are named by their statements.
 */
const uploadTable = {
  tenant: column<Tenant>('text'),
  key: column<string>('text'),
  content_type: column<string>('text'),
  original_name: column<string | null>('text'),
  announced: column<AnnouncedFields | null>('json'),
  look_at: column<Date | null>('timestamptz'),
  size_bytes: column<number | null>('bigint'),
  owner_id: column<string>('text'),
  owner_type: column<OwnerType>('text'),
  folder: column<string>('text'),
  visibility: column<Visibility>('text'),
  category: column<Category>('text'),
  multipart_id: column<string | null>('text'),
  aborted: column<boolean>('boolean'),
  is_pending: column<boolean>('boolean'),
  url_ends_at: column<Date | null>('timestamptz'),
  created_at: column<Date>('timestamptz'),
  expires_at: column<Date>('timestamptz'),
} as const;

/** A row of `uploads`. */
export type UploadRow = RowOf<typeof uploadTable>;

/** The columns of {@link UploadRow}; the statement calls the table `uploads`. */
export const uploadColumns = namesIn('uploads', uploadTable);

// Object.keys forgets the names' type; this object has no others.
export const uploadColumnNames = Object.keys(uploadTable) as readonly (keyof UploadRow)[];

/**
 * Inserts any number of rows, one array a column, as `unnest` takes them: the text is the same for every number of rows,
 * so that it is prepared once.
 */
export const insertUploads = `
  insert into bkend.uploads (${uploadColumnNames.join(', ')})
  select * from unnest(${uploadColumnNames.map((name, index) => `$${index + 1}::${uploadTable[name].type}[]`).join(', ')})`;

/** The parameters of {@link insertUploads}. */
export function uploadArrays(uploads: readonly Upload[]): unknown[][] {
  const rows = uploads.map(writeUpload);
  return uploadColumnNames.map((name) =>
    rows.map((row) => {
      const value = row[name];
      if (value instanceof Date) return value.toISOString();
      return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
    }),
  );
}

function writeUpload(upload: Upload): UploadRow {
  return {
    tenant: upload.tenant,
    key: upload.key,
    content_type: upload.contentType,
    original_name: upload.originalName ?? null,
    announced: upload.announced ?? null,
    look_at: upload.lookAt ?? null,
    size_bytes: upload.sizeBytes ?? null,
    owner_id: upload.ownerId,
    owner_type: upload.ownerType,
    folder: upload.folder,
    visibility: upload.visibility,
    category: upload.category,
    multipart_id: upload.multipartId ?? null,
    aborted: upload.aborted,
    is_pending: upload.isPending,
    url_ends_at: upload.urlEndsAt ?? null,
    created_at: upload.createdAt,
    expires_at: upload.expiresAt,
  };
}

export function readUpload(row: UploadRow): Upload {
  return {
    tenant: row.tenant,
    key: row.key,
    contentType: row.content_type,
    ...(row.original_name !== null && { originalName: row.original_name }),
    ...(row.announced !== null && { announced: row.announced }),
    ...(row.look_at !== null && { lookAt: row.look_at }),
    ...(row.size_bytes !== null && { sizeBytes: row.size_bytes }),
    ownerId: row.owner_id,
    ownerType: row.owner_type,
    folder: row.folder,
    visibility: row.visibility,
    category: row.category,
    ...(row.multipart_id !== null && { multipartId: row.multipart_id }),
    aborted: row.aborted,
    isPending: row.is_pending,
    ...(row.url_ends_at !== null && { urlEndsAt: row.url_ends_at }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
