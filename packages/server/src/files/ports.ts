import type { Bucket, Category, ErrorCode, Visibility } from '@bkend/storage-contract';
import type { Caller } from '../identity/caller.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { File, Owner } from './file.ts';
import type {
  BucketCount,
  Facets,
  FileCount,
  FileFilter,
  FilePageRequest,
  FilePosition,
  FilePositionsRequest,
} from './listing/listing.ts';

/**
 * The port of files. Those of folders, operations, versions, usage, uploads and jobs stand with their subjects. `postgres/` implements
 * them, and `s3/` the port of `object-store.ts`. A method is one round trip to the database unless its comment says otherwise.
 */

export type Clock = () => Date;

/** A new UUIDv7. */
export type NewId = () => string;

/** Why a file was left as it is: it belongs to another owner, is 404 for the caller, or has none of the `etags`. */
export type Refusal = 'access-denied' | 'not-found' | 'version-conflict';

/** Files by their ids, one that must have one of these ETags, or those that a filter found. */
export type AskedFiles =
  | readonly string[]
  | { readonly id: string; readonly etags: readonly string[] }
  | FoundFiles;

/** A file that was removed because a scanner refused its bytes. */
interface RefusedFile extends Owner {
  /** The scanner's words, such as the name of a signature. */
  readonly reason: string;
}

/** The trash of one owner or, without one, of the whole tenant. */
export interface Trash {
  readonly tenant: Tenant;
  readonly owner?: Owner;
}

/** A change of a file; absent fields stay. */
export interface FileChange extends Partial<Owner> {
  readonly originalName?: string;
  readonly folder?: string;
  readonly visibility?: Visibility;
  readonly category?: Category;
  readonly metadata?: File['metadata'];
  readonly sharedWith?: readonly string[];
  readonly width?: number;
  readonly height?: number;
  readonly bucket?: Bucket;
  readonly isSelfRegistered?: boolean;
}

/**
 * Files that were found by a filter a while ago. Those that do not match it any more when they are locked to be changed stay as they
 * are, with the outcome `not-found`.
 */
export interface FoundFiles {
  readonly ids: readonly string[];
  readonly matching?: FileFilter;
}

/** Files in the trash count only for the methods that name the trash. */
export interface FileRepository {
  find(tenant: Tenant, id: string): Promise<File | undefined>;
  /** Those of these files that there are, in no order. */
  findMany(tenant: Tenant, ids: readonly string[]): Promise<File[]>;
  findByKey(tenant: Tenant, key: string): Promise<File | undefined>;
  /** A file that a scanner has refused in the last 7 days. */
  findRefused(tenant: Tenant, id: string): Promise<RefusedFile | undefined>;
  /** In the trash or not. */
  findWithTrash(tenant: Tenant, id: string): Promise<File | undefined>;
  /** In the trash or not; by the key of the file or, where an import gave it that, by the one that uploads of its contents have. */
  findByBaseKey(tenant: Tenant, key: string): Promise<File | undefined>;
  /** By key alone, for the images host, whose visitors name no tenant. */
  findPublicByKey(key: string): Promise<File | undefined>;
  /** One page of the files that the caller may see by the rules of `access.ts`, in order. */
  list(caller: Caller, request: FilePageRequest): Promise<File[]>;
  /** The positions of every `step`-th file of such a list. */
  positions(caller: Caller, request: FilePositionsRequest): Promise<FilePosition[]>;
  /** The number of files of all pages of such a list. */
  count(caller: Caller, filter: FileFilter): Promise<FileCount>;
  /** The facets of such a list. Up to eight round trips where totals are not kept by the filter. */
  facets(caller: Caller, filter: FileFilter): Promise<Facets>;
  /** A user's avatar. */
  findAvatar(tenant: Tenant, userId: string): Promise<File | undefined>;
  /**
   * Makes a file of the user the user's avatar, public and of the bucket `avatars`, removes the avatar of before and queues the purge
   * of its bytes, in one transaction of seven round trips.
   * @returns undefined when the user has no such file
   */
  setAvatar(avatar: {
    readonly tenant: Tenant;
    readonly userId: string;
    readonly id: string;
    readonly at: Date;
  }): Promise<File | undefined>;
  /** The files that the caller may change, by bucket. Up to six round trips. */
  buckets(caller: Caller): Promise<{ readonly items: readonly BucketCount[]; readonly isExact: boolean }>;
  /**
   * Reads the file under a lock, calls `decide`, writes the change with `at` as `updatedAt` and notifies all processes. An
   * error of `decide` rolls back. Four round trips.
   * @returns undefined when there is no such file
   */
  change(
    where: { readonly tenant: Tenant; readonly id: string; readonly at: Date },
    decide: (file: File) => FileChange,
  ): Promise<File | undefined>;
  /**
   * Removes the files that the caller may remove, in the trash or not, queues the purge of their bytes and notifies all
   * processes, in one statement.
   */
  remove(caller: Caller, files: AskedFiles): Promise<Map<string, 'deleted' | Refusal>>;
  /**
   * The first `limit` files, by id, that match the filter and that the caller may change, and the exact number of all such.
   * @param selection.after the id behind which they begin
   */
  findManageable(
    caller: Caller,
    selection: { readonly filter: FileFilter; readonly after?: string; readonly limit: number },
  ): Promise<{ readonly ids: string[]; readonly total: number }>;
  /**
   * Changes the visibility, category, folder and metadata of the files that the caller may change, each as `decide` says, with `at`
   * as `updatedAt`. A `StorageError` of `decide` leaves the file as it is, with the error's code as its outcome. A transaction for
   * every 200 files.
   */
  changeMany(
    caller: Caller,
    files: FoundFiles & { readonly at: Date },
    decide: (file: File) => FileChange,
  ): Promise<Map<string, 'changed' | ErrorCode>>;
  /** Puts the files that the caller may remove into the trash, and notifies all processes, in one statement. */
  trash(caller: Caller, files: AskedFiles, at: Date): Promise<Map<string, 'trashed' | Refusal>>;
  /**
   * Restores the files that the caller may change from the trash, and notifies all processes, in one statement.
   * @returns the files, also those that were not in the trash
   */
  restore(caller: Caller, files: AskedFiles): Promise<Map<string, File | Refusal>>;
  /**
   * Removes files from a trash, in one statement. If there are more than `limit`, the job `empty-trash` removes those that
   * were put there by the instant `at`.
   */
  emptyTrash(
    trash: Trash,
    request: { readonly at: Date; readonly limit: number },
  ): Promise<{ readonly removed: number; readonly isDone: boolean }>;
}

/** Notifications of changed files, delivered to every process. */
export interface FileNotifications {
  /**
   * `changed` runs with the key of a file that was changed or removed; `lost` when the connection is lost and notifications
   * may be missed; `regained` when it is there again. Ends when disposed.
   */
  subscribe(listener: {
    changed(key: string): void;
    lost(): void;
    regained(): void;
  }): Promise<AsyncDisposable>;
}

export interface UsageRow {
  /** Absent: versions of files, of all categories and visibilities; `files` is their number. */
  readonly category?: Category;
  /** Absent: files in the trash, of every visibility; or versions. */
  readonly visibility?: Visibility;
  readonly files: number;
  readonly bytes: number;
}

export interface UsageLedger {
  /** Exact usage of one owner or, without one, of the whole tenant. */
  read(tenant: Tenant, owner?: Owner): Promise<UsageRow[]>;
  /** The sums that quotas compare when an upload begins: files and bytes, and those that open uploads will add. */
  countWithOpenUploads(
    tenant: Tenant,
    options: { readonly at: Date; readonly owner?: Owner | undefined },
  ): Promise<{ readonly uploads: number; readonly bytes: number }>;
}
