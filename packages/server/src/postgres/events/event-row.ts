import type { EventType, OwnerType } from '@bkend/storage-contract';
import type { Event } from '../../events/event.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { type FileRow, readFile } from '../files/file-row.ts';

/** The row of a file as an event keeps it, in JSON. */
type StoredFileRow = Omit<FileRow, 'tenant' | 'sort_name' | 'created_at' | 'updated_at' | 'deleted_at'> & {
  readonly created_at: string;
  readonly updated_at: string;
  readonly deleted_at: string | null;
};

interface StoredUpload {
  readonly key: string;
  readonly content_type: string;
  readonly size_bytes: number | null;
  readonly owner_id: string;
  readonly owner_type: OwnerType;
  readonly created_at: string;
}

interface EventData {
  readonly changed?: readonly string[];
  readonly userIds?: readonly string[];
  readonly former?: StoredFileRow;
  readonly upload?: StoredUpload;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A row of `events` in JSON. */
export interface EventRow {
  readonly id: number;
  readonly tenant: Tenant;
  readonly type: EventType;
  readonly created_at: string;
  readonly owner_id: string | null;
  readonly owner_type: OwnerType | null;
  readonly readers: readonly string[] | null;
  readonly file_id: string | null;
  readonly file: StoredFileRow | null;
  readonly data: EventData | null;
}

export function readEvent(row: EventRow): Event {
  const { changed, userIds, former, upload, details } = row.data ?? {};
  return {
    id: row.id,
    tenant: row.tenant,
    type: row.type,
    createdAt: new Date(row.created_at),
    ...(row.owner_id !== null && { ownerId: row.owner_id }),
    ...(row.owner_type !== null && { ownerType: row.owner_type }),
    readers: row.readers ?? [],
    ...(row.file_id !== null && { fileId: row.file_id }),
    ...(row.file !== null && { file: readStoredFile(row.file, row.tenant) }),
    ...(former && { formerFile: readStoredFile(former, row.tenant) }),
    ...(changed && { changed }),
    ...(userIds && { userIds }),
    ...(upload && { upload: readStoredUpload(upload) }),
    ...(details && { details }),
  };
}

function readStoredFile(row: StoredFileRow, tenant: Tenant): NonNullable<Event['file']> {
  return readFile({
    ...row,
    tenant,
    sort_name: '',
    created_at: new Date(row.created_at),
    updated_at: new Date(row.updated_at),
    deleted_at: row.deleted_at === null ? null : new Date(row.deleted_at),
  });
}

function readStoredUpload(row: StoredUpload): NonNullable<Event['upload']> {
  return {
    key: row.key,
    contentType: row.content_type,
    ...(row.size_bytes !== null && { sizeBytes: row.size_bytes }),
    ownerId: row.owner_id,
    ownerType: row.owner_type,
    createdAt: new Date(row.created_at),
  };
}
