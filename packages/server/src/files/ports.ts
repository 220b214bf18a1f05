import type {
  Bucket,
  Category,
  OwnerType,
  SortDirection,
  SortField,
  Visibility,
} from '@bkend/storage-contract';
import type { Caller } from '../identity/caller.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { File, Owner, Upload } from './file.ts';

/**
 * What the domain needs of the world. `postgres/` implements the repositories, `s3/` the object store.
 * Every repository method is one round trip to the database unless it says otherwise.
 */

export type Clock = () => Date;
/** A new UUIDv7. */
export type NewId = () => string;

// ── Uploads ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface UploadRepository {
  /** Resolves only when the row is committed; calls made at once may share one statement. */
  insert(upload: Upload): Promise<void>;
  /** Aborted and expired ones too: the verbs decide what they mean. */
  find(tenant: Tenant, key: string): Promise<Upload | undefined>;
  /** Marks it aborted; the expiry job clears up whatever still arrives. Doing it again changes nothing. */
  abort(tenant: Tenant, key: string): Promise<void>;
}

// ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The file to be, where the upload does not already say it. */
export interface Registration extends Partial<Owner> {
  readonly id: string;
  readonly tenant: Tenant;
  readonly key: string;
  readonly originalName: string;
  readonly mimeType: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly width?: number;
  readonly height?: number;
  /** Absent: as asked for at presign time. */
  readonly visibility?: Visibility;
  /** Absent: as asked for at presign time. */
  readonly category?: Category;
  readonly bucket: Bucket;
  readonly metadata: File['metadata'];
  readonly sharedWith: readonly string[];
  readonly at: Date;
}

export type RegistrationOutcome =
  | { readonly outcome: 'registered'; readonly file: File }
  /** No such upload, aborted or expired. */
  | { readonly outcome: 'upload-not-found' }
  /** Somebody else's upload. */
  | { readonly outcome: 'access-denied' }
  | { readonly outcome: 'already-registered'; readonly file: File };

export type RemovalOutcome = 'deleted' | 'access-denied' | 'not-found';

/** What a list is narrowed to; every field that is there must hold. */
export interface FileFilter {
  readonly visibility?: Visibility;
  readonly ownerId?: string;
  readonly ownerType?: OwnerType;
  readonly bucket?: Bucket;
  readonly category?: Category;
  /** A whole type, `image/png`, or a kind, `image/*`; lower case. */
  readonly mimeType?: string;
  /** A part of the name, as typed. */
  readonly search?: string;
  readonly tag?: string;
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  readonly minSizeBytes?: number;
  readonly maxSizeBytes?: number;
}

export interface FileOrder {
  readonly by: SortField;
  readonly direction: SortDirection;
}

/** A place in an ordered list: the sort field's value there, and the id that breaks ties. */
export interface FilePosition {
  readonly value: string | number | Date;
  readonly id: string;
}

export interface FilePageRequest {
  readonly filter: FileFilter;
  readonly order: FileOrder;
  readonly limit: number;
  /** Begin behind this place… */
  readonly after?: FilePosition;
  /** …or behind this many files. */
  readonly offset?: number;
}

/** What may change in a file. */
export interface FileChange {
  readonly originalName?: string;
  readonly visibility?: Visibility;
  readonly metadata?: File['metadata'];
  readonly sharedWith?: readonly string[];
}

export interface FileRepository {
  find(tenant: Tenant, id: string): Promise<File | undefined>;
  findByKey(tenant: Tenant, key: string): Promise<File | undefined>;
  /** By key alone, for the image host, whose callers have no key of their own. */
  findPublicByKey(key: string): Promise<File | undefined>;
  /** The files `list` may show this caller, as `access.ts` says, in order. */
  list(caller: Caller, request: FilePageRequest): Promise<File[]>;
  /** How many files all pages of such a list hold together; exact. */
  count(caller: Caller, filter: FileFilter): Promise<number>;
  /** Inserts the file, ends its upload and counts it, in one statement; only for the upload's owner or an admin. */
  register(caller: Caller, registration: Registration): Promise<RegistrationOutcome>;
  /**
   * Reads the file under a lock, asks what to change, writes it with `at` as `updatedAt` and tells of it; what `decide`
   * throws undoes all. Undefined when there is no such file. Several round trips.
   */
  change(
    where: { readonly tenant: Tenant; readonly id: string; readonly at: Date },
    decide: (file: File) => FileChange,
  ): Promise<File | undefined>;
  /** Removes those the caller may remove, queues the purge of their bytes and tells of it, in one statement. */
  remove(caller: Caller, ids: readonly string[]): Promise<Map<string, RemovalOutcome>>;
}

/** News about files, heard by every process. */
export interface FileNotices {
  /**
   * `changed` runs with the key of a file whose record was changed or removed; `lost` when notices may be missed from
   * now on, `regained` when they come again. Stops when disposed.
   */
  subscribe(listener: {
    changed(key: string): void;
    lost(): void;
    regained(): void;
  }): Promise<AsyncDisposable>;
}

// ── Usage ────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface UsageRow {
  readonly category: Category;
  readonly visibility: Visibility;
  readonly files: number;
  readonly bytes: number;
}

export interface UsageLedger {
  /** Exact, of one owner or, without `ownerId`, of the whole tenant. */
  read(tenant: Tenant, ownerId?: string): Promise<UsageRow[]>;
}

// ── Upkeep, for the jobs ─────────────────────────────────────────────────────────────────────────────────────────────

/** Bytes that nothing refers to any more and that must go. */
export interface Purge {
  readonly id: string;
  readonly key: string;
  readonly multipartId?: string;
  readonly attempts: number;
}

export interface PurgeOutbox {
  /** Takes due purges for `leaseSeconds`: nobody else gets them meanwhile, and they are due again if we die. */
  claim(request: {
    readonly limit: number;
    readonly now: Date;
    readonly leaseSeconds: number;
  }): Promise<Purge[]>;
  /** The bytes are gone. */
  finish(ids: readonly string[]): Promise<void>;
  /** It failed, and is due again at that instant. */
  retry(id: string, failure: { readonly error: string; readonly at: Date }): Promise<void>;
  /** Queues bytes that the reconciler found without a file; keys this server never issued are left alone. Returns how many. */
  enqueue(keys: readonly string[]): Promise<number>;
}

/** What the database knows of a key. */
export interface KnownKey {
  readonly key: string;
  readonly kind: 'file' | 'upload' | 'purge';
  /** When the row was made. */
  readonly createdAt: Date;
  /** Of files only. */
  readonly file?: { readonly tenant: Tenant; readonly id: string };
}

export interface Upkeep {
  /** Ends uploads that expired before `now`: row out, purge in, one statement. Returns how many. */
  expireUploads(request: { readonly now: Date; readonly limit: number }): Promise<number>;
  /** Removes `temp` files made before that instant, as `remove` would. Returns how many. */
  expireTempFiles(request: { readonly createdBefore: Date; readonly limit: number }): Promise<number>;
  /** Folds up to `limit` usage deltas into the totals. Returns how many. */
  foldUsage(limit: number): Promise<number>;
  /** Keys in ascending byte order, beginning behind `after`; one page. */
  knownKeys(request: { readonly after?: string; readonly limit: number }): Promise<KnownKey[]>;
  /** Multipart ids that an upload or a purge still answers for. */
  knownMultipartIds(ids: readonly string[]): Promise<Set<string>>;
  /** Removes files whose bytes are lost, and counts them out. Returns how many. */
  removeLostFiles(files: readonly { readonly tenant: Tenant; readonly id: string }[]): Promise<number>;
}

/** Lets one process at a time do a job, over all machines. */
export interface JobLock {
  /** Undefined when somebody else is at it. */
  runExclusively<T>(job: string, work: () => Promise<T>): Promise<T | undefined>;
}

// ── Object store ─────────────────────────────────────────────────────────────────────────────────────────────────────

export interface ObjectInfo {
  readonly sizeBytes: number;
  readonly contentType: string;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

export interface StoredPart {
  readonly partNumber: number;
  /** With quotes, as S3 writes it. */
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface UploadedPart {
  readonly partNumber: number;
  readonly etag: string;
}

export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Any S3. Presigning is done here without a round trip; everything else asks the store.
 * Failures of the store itself surface as `common/unavailable`.
 */
export interface ObjectStore {
  presignPut(input: {
    readonly key: string;
    readonly contentType: string;
    readonly sizeBytes?: number;
    readonly expiresInSeconds: number;
  }): Promise<string>;
  presignPart(input: {
    readonly key: string;
    readonly multipartId: string;
    readonly partNumber: number;
    readonly expiresInSeconds: number;
  }): Promise<string>;
  presignGet(input: {
    readonly key: string;
    readonly contentType: string;
    readonly contentDisposition: string;
    readonly expiresInSeconds: number;
  }): Promise<string>;
  /** The object's plain address; it opens nothing without a signature. */
  location(key: string): string;

  head(key: string): Promise<ObjectInfo | undefined>;
  /** Undefined when there is no such object. The stream must be read or destroyed. */
  get(key: string, range?: ByteRange): Promise<{ info: ObjectInfo; body: NodeJS.ReadableStream } | undefined>;
  /** No error when it is gone already. */
  delete(key: string): Promise<void>;
  /** @throws `file/upload-init-failed` */
  createMultipart(input: { readonly key: string; readonly contentType: string }): Promise<string>;
  /** All of them, in order. Undefined when there is no such upload. */
  listParts(input: { readonly key: string; readonly multipartId: string }): Promise<StoredPart[] | undefined>;
  /**
   * `no-such-upload`: never was, aborted, or completed already.
   * @throws `file/invalid-parts-array` when the store refuses the parts, with its reason in `details`
   */
  completeMultipart(input: {
    readonly key: string;
    readonly multipartId: string;
    readonly parts: readonly UploadedPart[];
  }): Promise<'completed' | 'no-such-upload'>;
  /** No error when it is gone already. */
  abortMultipart(input: { readonly key: string; readonly multipartId: string }): Promise<void>;
  /** Every object, in ascending byte order of keys. */
  listObjects(): AsyncIterable<{
    readonly key: string;
    readonly sizeBytes: number;
    readonly lastModified: Date;
  }>;
  /** Every multipart upload in progress. */
  listMultiparts(): AsyncIterable<{
    readonly key: string;
    readonly multipartId: string;
    readonly initiatedAt: Date;
  }>;

  /** Makes the bucket and its CORS rule where they are missing and we are allowed to. @throws `file/bucket-not-configured` */
  ensureBucket(): Promise<void>;
  /** Resolves when the bucket can be reached. @throws `common/unavailable` */
  check(): Promise<void>;
}
