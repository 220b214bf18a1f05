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
import type { UploadSum } from './open-uploads.ts';

/**
 * What the domain needs of the world: repositories here, which `postgres/` implements, bytes in `object-store.ts`, which `s3/`
 * implements, and what the jobs need in `upkeep.ts`. Every repository method is one round trip to the database unless it
 * says otherwise.
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
  /** Takes an open upload for one attempt at registering it: no other attempt gets it until the lease ends. */
  claim(caller: Caller, claim: UploadClaim): Promise<ClaimOutcome>;
  /** Lengthens the lease of an attempt; false when it has lost its upload. */
  renewClaim(claim: Omit<UploadClaim, 'at'>): Promise<boolean>;
  /** Gives the upload free again; a copy that was made is purged. */
  release(
    claim: Pick<UploadClaim, 'tenant' | 'key' | 'attempt'> & { readonly hasCopied: boolean },
  ): Promise<void>;
  /**
   * The uploads of an owner that are not registered and may still bring bytes: an aborted one counts until its URL ends.
   * @param options.unannouncedBytes what an upload without an announced size counts for
   */
  countOpen(
    owner: Owner & { readonly tenant: Tenant },
    options: { readonly at: Date; readonly unannouncedBytes: number },
  ): Promise<UploadSum>;
  /** Ends an upload whose bytes are refused: row out and purge in, in one statement. Nothing when it has ended already. */
  refuse(tenant: Tenant, key: string): Promise<void>;
  /** Marks it aborted; the expiry job clears up whatever still arrives. Doing it again changes nothing. */
  abort(tenant: Tenant, key: string): Promise<void>;
}

export interface UploadClaim {
  readonly tenant: Tenant;
  readonly key: string;
  /** A random UUID, of this attempt alone. */
  readonly attempt: string;
  readonly at: Date;
  readonly leaseUntil: Date;
}

export type ClaimOutcome =
  | { readonly outcome: 'claimed'; readonly upload: Upload }
  /** Another attempt is at work. */
  | { readonly outcome: 'busy' }
  /** An upload of another owner. */
  | { readonly outcome: 'access-denied' }
  /** No such upload, aborted or expired, or registered already. */
  | { readonly outcome: 'upload-not-found' };

// ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The file to be, where the upload does not already say it. */
export interface Registration extends Partial<Owner> {
  readonly id: string;
  readonly upload: Upload;
  /** The attempt that holds the upload. */
  readonly attempt: string;
  /** Where the bytes lie from now on. */
  readonly objectKey: string;
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

export interface FileCount {
  readonly total: number;
  /** Otherwise there are more. */
  readonly isExact: boolean;
}

export interface FileRepository {
  find(tenant: Tenant, id: string): Promise<File | undefined>;
  findByKey(tenant: Tenant, key: string): Promise<File | undefined>;
  /** By key alone, for the image host, whose callers have no key of their own. */
  findPublicByKey(key: string): Promise<File | undefined>;
  /** The files `list` may show this caller, as `access.ts` says, in order. */
  list(caller: Caller, request: FilePageRequest): Promise<File[]>;
  /** How many files all pages of such a list hold together. */
  count(caller: Caller, filter: FileFilter): Promise<FileCount>;
  /** Inserts the file, ends its upload and counts it, in one statement; undefined when the attempt has lost its upload. */
  register(registration: Registration): Promise<File | undefined>;
  /**
   * Reads the file under a lock, asks what to change, writes it with `at` as `updatedAt` and notifies all processes; what `decide`
   * throws undoes all. Undefined when there is no such file. Several round trips.
   */
  change(
    where: { readonly tenant: Tenant; readonly id: string; readonly at: Date },
    decide: (file: File) => FileChange,
  ): Promise<File | undefined>;
  /** Removes those the caller may remove, queues the purge of their bytes and notifies all processes, in one statement. */
  remove(caller: Caller, ids: readonly string[]): Promise<Map<string, RemovalOutcome>>;
}

/** Notices of changed files, delivered to every process. */
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
  /** Exact, of one owner or, without one, of the whole tenant. */
  read(tenant: Tenant, owner?: Owner): Promise<UsageRow[]>;
}
