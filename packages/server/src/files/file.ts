import type { Bucket, Category, FileMetadata, OwnerType, Visibility } from '@bkend/storage-contract';
import type { Tenant } from '../identity/tenant.ts';

/** `pending` until a scanner has taken the bytes for clean; a file whose bytes it refuses is removed. */
export type ScanState = 'pending' | 'passed';

/** The account that a file belongs to. */
export interface Owner {
  readonly ownerId: string;
  readonly ownerType: OwnerType;
}

/** A registered file: the record of bytes in storage. */
export interface File extends Owner {
  /** UUIDv7. */
  readonly id: string;
  readonly tenant: Tenant;
  /** The file's address, `s3Key`, which never changes. */
  readonly key: string;
  /** The key of its bytes in the bucket; written once, and no URL of a client writes it. */
  readonly objectKey: string;
  readonly originalName: string;
  /** The text that lists by name sort by, of `sort-name.ts`; '' until a job has filled it for a file of before. */
  readonly sortName: string;
  /** The path of the folder that it lies in, `trips/2026`; '' for the root. */
  readonly folder: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly width?: number;
  readonly height?: number;
  /** A file in the trash keeps the one that it had. */
  readonly visibility: Visibility;
  readonly bucket: Bucket;
  readonly category: Category;
  readonly metadata: FileMetadata;
  /** User ids, in order; without effect while the file is not `shared`. */
  readonly sharedWith: readonly string[];
  /** The object's entity tag, without quotes. */
  readonly etag: string;
  /** 1 for the first contents, one more for every replacement. */
  readonly version: number;
  /** UUID of the contents: the id of the version that they become once they are replaced. */
  readonly versionId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** When it was put into the trash; absent while it is not there. */
  readonly deletedAt?: Date;
  /** Absent: its bytes were not to be scanned. No door serves the bytes of a `pending` file. */
  readonly scan?: ScanState;
  /** Registered without a request of a client; absent once a client has registered it. */
  readonly isSelfRegistered?: boolean;
}

/** The bytes of a file, and their facts. Contents that replace others, or were replaced, are never `pending`. */
export type Contents = Pick<File, 'objectKey' | 'mimeType' | 'sizeBytes' | 'width' | 'height' | 'etag'> & {
  readonly scan?: Exclude<ScanState, 'pending'>;
};

/** Former contents of a file. */
export interface FileVersion extends Contents {
  readonly versionId: string;
  /** The file's version while these were its contents. */
  readonly version: number;
  readonly createdAt: Date;
  /** Id of the user or key that registered them. */
  readonly createdBy: string;
}

/** The text form of RFC 9562. Other text is the id of no file, and the database would refuse it. */
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether this has the form of a file's id. */
export function isFileId(text: string): boolean {
  return uuidPattern.test(text);
}
