import type { Bucket, Category, StorageError, Visibility } from '@bkend/storage-contract';
import type { Contents, File, Owner, ScanState } from '../files/file.ts';
import type { Caller } from '../identity/caller.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { Upload } from './upload.ts';

export interface UploadRepository {
  /** Resolves when the row is committed; concurrent calls may share one statement. */
  insert(upload: Upload): Promise<void>;
  /** Aborted and expired uploads, too: verbs decide about them. */
  find(tenant: Tenant, key: string): Promise<Upload | undefined>;
  /** The upload of a new file, by the id that the file will have; as `find`. */
  findByFileId(tenant: Tenant, fileId: string): Promise<Upload | undefined>;
  /** By the object store's id of a multipart upload; as `find`. */
  findMultipart(tenant: Tenant, multipartId: string): Promise<Upload | undefined>;
  /** Claims an open upload for one attempt at registering it: no other attempt gets it until the lease ends. */
  claim(caller: Caller, claim: UploadClaim): Promise<ClaimOutcome>;
  /** Extends the lease of an attempt. @returns false when the attempt has lost its upload */
  renewClaim(claim: Omit<UploadClaim, 'at'>): Promise<boolean>;
  /** Releases the upload; a copy that was made is purged. */
  release(
    claim: Pick<UploadClaim, 'tenant' | 'key' | 'attempt'> & { readonly hasCopied: boolean },
  ): Promise<void>;
  /**
   * Counts an owner's open uploads; an aborted one counts until its URL expires.
   * @param options.unannouncedBytes bytes that an upload of unannounced size counts for
   */
  countOpen(
    owner: Owner & { readonly tenant: Tenant },
    options: { readonly at: Date; readonly unannouncedBytes: number },
  ): Promise<UploadSum>;
  /** Ends an upload whose bytes are refused: removes the row, queues the purge and, with its error, records the event `upload.refused`. Without effect when it has ended. */
  refuse(tenant: Tenant, key: string, error?: Pick<StorageError, 'code' | 'message'>): Promise<void>;
  /** Inserts the file, ends its upload and counts its usage. @returns undefined when the attempt has lost its upload */
  register(registration: Registration): Promise<File | undefined>;
  /**
   * Gives a file new contents and ends their upload. What it had becomes a version, or its purge is queued. An error of
   * `decide`, which gets the file under a lock or undefined when there is none, rolls back. Five round trips.
   * @returns undefined when the attempt has lost its upload
   */
  replaceContents(
    replacement: Replacement,
    decide: (file: File | undefined) => void,
  ): Promise<File | undefined>;
  /** Has sealed bytes scanned that are to become new contents; the job `scan-files` answers. Repeating it changes nothing. */
  askForScan(bytes: {
    readonly tenant: Tenant;
    readonly objectKey: string;
    readonly at: Date;
  }): Promise<void>;
  /** The outcome of such a scan, and the scanner's words; undefined while there is none. */
  findScan(
    tenant: Tenant,
    objectKey: string,
  ): Promise<{ readonly outcome: 'passed' | 'refused'; readonly reason?: string } | undefined>;
  /** Forgets a scan that was asked for. */
  forgetScan(tenant: Tenant, objectKey: string): Promise<void>;
  /** Has an upload that registers itself looked at at once. */
  lookNow(tenant: Tenant, key: string, at: Date): Promise<void>;
  /** Marks an upload aborted; the job `expire-uploads` purges its bytes. Repeating it changes nothing. */
  abort(tenant: Tenant, key: string): Promise<void>;
}

/** A number of uploads or of the files that they make, and their bytes together. */
export interface UploadSum {
  readonly uploads: number;
  readonly bytes: number;
}

interface UploadClaim {
  readonly tenant: Tenant;
  readonly key: string;
  /** A random UUID that names this attempt. */
  readonly attempt: string;
  readonly at: Date;
  readonly leaseUntil: Date;
}

type ClaimOutcome =
  | { readonly outcome: 'claimed'; readonly upload: Upload }
  /** Another attempt holds it. */
  | { readonly outcome: 'busy' }
  /** It belongs to another owner. */
  | { readonly outcome: 'access-denied' }
  /** Unknown, aborted, expired, or registered already. */
  | { readonly outcome: 'upload-not-found' };

/** A new file; fields that are absent are taken from the upload. */
export interface Registration extends Partial<Owner> {
  readonly id: string;
  readonly upload: Upload;
  /** The attempt that holds the upload. */
  readonly attempt: string;
  /** The key of the sealed bytes. */
  readonly objectKey: string;
  readonly originalName: string;
  /** Absent: as requested when presigning. */
  readonly folder?: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly width?: number;
  readonly height?: number;
  /** Absent: as requested when presigning. */
  readonly visibility?: Visibility;
  /** Absent: as requested when presigning. */
  readonly category?: Category;
  readonly bucket: Bucket;
  readonly metadata: File['metadata'];
  readonly sharedWith: readonly string[];
  /** Whether no request of a client registers it. */
  readonly isSelfRegistered?: boolean;
  /** Absent: the bytes are not to be scanned. */
  readonly scan?: ScanState;
  readonly at: Date;
}

/** New contents of a file, whose address, name, visibility and metadata stay. */
export interface Replacement extends Contents {
  readonly upload: Upload;
  /** The attempt that holds the upload. */
  readonly attempt: string;
  /** Id of the user or key that registers them. */
  readonly createdBy: string;
  /** Versions that the file keeps. */
  readonly keep: number;
  readonly at: Date;
}
