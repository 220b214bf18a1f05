import type { Bucket, Category, FileMetadata, Visibility } from '@bkend/storage-contract';
import { accessDenied, canManage } from '../files/access.ts';
import type { Owner } from '../files/file.ts';
import type { Caller } from '../identity/caller.ts';
import type { Tenant } from '../identity/tenant.ts';
import { uploadNotFound } from './file-key.ts';

/** A key given to an owner, until it is registered, aborted or expired. */
export interface Upload extends Owner {
  readonly tenant: Tenant;
  readonly key: string;
  readonly contentType: string;
  /** The name that was announced; absent for uploads of older versions. */
  readonly originalName?: string;
  /** As announced; absent when the client announced none. */
  readonly sizeBytes?: number;
  /** The folder that the file will lie in; '' for the root. */
  readonly folder: string;
  readonly visibility: Visibility;
  readonly category: Category;
  /** Fields of a file that is registered without a request body. */
  readonly announced?: AnnouncedFields;
  /** When the job `register-uploads` next looks for the bytes; absent for uploads that only a client registers. */
  readonly lookAt?: Date;
  /** The object store's id of a multipart upload; absent for a single PUT. */
  readonly multipartId?: string;
  readonly aborted: boolean;
  /**
   * Whether the bytes arrive at `_pending/<key>` and not at the key itself: those of a single PUT do, but for uploads of
   * the first version.
   */
  readonly isPending: boolean;
  /** When the URL of a single PUT expires; absent for multipart uploads and for uploads of the first version. */
  readonly urlEndsAt?: Date;
  readonly createdAt: Date;
  /** When it is removed with its bytes, unless it is registered before. */
  readonly expiresAt: Date;
}

/** Fields of a file that a request for an upload may give, besides those that every upload has. */
export interface AnnouncedFields {
  readonly metadata?: FileMetadata;
  readonly sharedWith?: readonly string[];
  readonly bucket?: Bucket;
}

/**
 * Refuses an upload that is not open, or not the caller's.
 * @throws `file/upload-not-found`, `file/access-denied`
 */
export function requireOpenUpload(
  caller: Caller,
  upload: Upload | undefined,
  at: Date,
): asserts upload is Upload {
  if (upload === undefined) throw uploadNotFound();
  if (!canManage(caller, upload)) throw accessDenied();
  if (upload.aborted || upload.expiresAt <= at) throw uploadNotFound();
}
