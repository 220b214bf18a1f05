import type { Bucket, Category, FileMetadata, OwnerType, Visibility } from '@bkend/storage-contract';
import type { Tenant } from '../identity/tenant.ts';

/** Whose a file is. */
export interface Owner {
  readonly ownerId: string;
  readonly ownerType: OwnerType;
}

/** A registered file: its bytes are in storage, and this says what they are and who may have them. */
export interface File extends Owner {
  /** UUIDv7. */
  readonly id: string;
  readonly tenant: Tenant;
  /** The file's address, `s3Key`, which never changes. */
  readonly key: string;
  /** Where its bytes lie in the object store; written once, and nothing a client holds reaches it. */
  readonly objectKey: string;
  readonly originalName: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly width?: number;
  readonly height?: number;
  readonly visibility: Visibility;
  readonly bucket: Bucket;
  readonly category: Category;
  readonly metadata: FileMetadata;
  /** User ids, in order; they count only while the file is `shared`. */
  readonly sharedWith: readonly string[];
  /** The object's entity tag, without quotes. */
  readonly etag: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** An upload that was promised a key and is not registered yet. */
export interface Upload extends Owner {
  readonly tenant: Tenant;
  readonly key: string;
  readonly contentType: string;
  /** As announced; absent when the client did not say. */
  readonly sizeBytes?: number;
  readonly visibility: Visibility;
  readonly category: Category;
  /** The object store's id of a multipart upload; absent for a single PUT. */
  readonly multipartId?: string;
  readonly aborted: boolean;
  /**
   * Whether the bytes arrive at `_pending/…` and not at the key itself: those of a single PUT do, but for uploads of the
   * version before.
   */
  readonly isPending: boolean;
  /** Until when the URL of a single PUT is good; absent for a multipart upload and for uploads of the version before. */
  readonly urlEndsAt?: Date;
  readonly createdAt: Date;
  /** When it is removed, bytes and all, unless registered before. */
  readonly expiresAt: Date;
}
