import type { EventType, OwnerType } from '@bkend/storage-contract';
import type { File } from '../files/file.ts';
import type { Tenant } from '../identity/tenant.ts';

/** An upload that ended without a file, as an event tells it. */
export interface EndedUpload {
  readonly key: string;
  readonly contentType: string;
  readonly sizeBytes?: number;
  readonly ownerId: string;
  readonly ownerType: OwnerType;
  readonly createdAt: Date;
}

/** Something that has happened in an environment. */
export interface Event {
  /** Ascending, with gaps: of two events, the later one has the higher id. Below 2^53. */
  readonly id: number;
  readonly tenant: Tenant;
  readonly type: EventType;
  readonly createdAt: Date;
  /** The owner of the file or upload; absent for what concerns the environment. */
  readonly ownerId?: string;
  readonly ownerType?: OwnerType;
  /** Users besides the owner who may see it, as those the file is shared with. */
  readonly readers: readonly string[];
  readonly fileId?: string;
  /** The file after the change; the last one of a file that is deleted. */
  readonly file?: File;
  /** The file before the change, for users who may not read it any more. */
  readonly formerFile?: File;
  /** Fields of the file, as clients know them, that have changed. */
  readonly changed?: readonly string[];
  /** Users who may read the file from now on, or may no longer. */
  readonly userIds?: readonly string[];
  readonly upload?: EndedUpload;
  /** Further fields of `data`, shown as they are. */
  readonly details?: Readonly<Record<string, unknown>>;
}
