import type { Trash } from '../files/ports.ts';
import type { Tenant } from '../identity/tenant.ts';
import type { OpenMultipart } from '../uploads/multipart/hold-parts.ts';
import type { Upload } from '../uploads/upload.ts';

/**
 * Ports that the jobs alone need are in this folder; `postgres/` implements them. Each method is one statement and safe to repeat: a
 * job that loses its lock or its process is simply run again.
 */

/** Uploads that are registered without a request of a client. */
export interface UnattendedUploads {
  /** Open uploads whose bytes should be looked for by now, the longest due first. */
  findDue(request: { readonly now: Date; readonly limit: number }): Promise<Upload[]>;
  /** Whether there are any, due or not. */
  areOpen(): Promise<boolean>;
  /** Has these uploads looked at again at an instant of their own. */
  putOff(
    uploads: readonly { readonly tenant: Tenant; readonly key: string; readonly at: Date }[],
  ): Promise<void>;
}

/** Names a file. */
export interface FileRef {
  readonly tenant: Tenant;
  readonly id: string;
}

/**
 * Names the record of bytes: a file or, with `version`, one of its versions. A record that has got other bytes meanwhile is another
 * one: it stays as it is.
 */
export interface BytesRef extends FileRef {
  readonly objectKey: string;
  readonly version?: number;
}

/** The row that refers to an object key. */
export interface KnownKey {
  readonly key: string;
  readonly kind: 'file' | 'version' | 'upload' | 'purge';
  /** When the row was inserted. */
  readonly createdAt: Date;
  /** Present for `file` and `version`. */
  readonly record?: BytesRef & {
    readonly etag: string;
    readonly sizeBytes: number;
    /** Whether an earlier run missed its bytes. */
    readonly isLost: boolean;
  };
}

/** Expiry, folding and reconciliation, in all tenants at once. */
export interface Maintenance {
  /** Ends uploads that expired before `now`: removes the row, queues the purge. @returns their number */
  expireUploads(request: { readonly now: Date; readonly limit: number }): Promise<number>;
  /** One page of the open uploads in parts, by their multipart ids, behind `after`. */
  openMultiparts(request: {
    readonly now: Date;
    readonly after: string;
    readonly limit: number;
  }): Promise<OpenMultipart[]>;
  /** Drops events from before an instant, of which a week is left at most. @returns their number */
  dropEvents(request: { readonly before: Date }): Promise<number>;
  /** Every tenant with a file of category `temp`, in any order. */
  tenantsWithTempFiles(): Promise<Tenant[]>;
  /** Removes a tenant's files of category `temp` that were created before that instant. @returns their number */
  expireTempFiles(request: {
    readonly tenant: Tenant;
    readonly createdBefore: Date;
    readonly limit: number;
  }): Promise<number>;
  /** Folds up to `limit` usage deltas into the totals. @returns their number */
  foldUsage(limit: number): Promise<number>;
  /** Counts folders and facets again in up to `limit` tenants in which an earlier version has changed files. @returns their number */
  rebuildTotals(limit: number): Promise<number>;
  /** Fills empty sort names of up to `limit` files and their shares. @returns the number of files looked at */
  fillSortNames(limit: number): Promise<number>;
  /** Every tenant with a file, an upload or a purge, in any order. */
  knownTenants(): Promise<Tenant[]>;
  /** One page of a tenant's object keys in ascending byte order, behind `after`; keys below `_pending/` are left out. */
  knownKeys(request: {
    readonly tenant: Tenant;
    readonly after?: string;
    readonly limit: number;
  }): Promise<KnownKey[]>;
  /** Those of the multipart ids that an upload or a purge refers to. */
  knownMultipartIds(ids: readonly string[]): Promise<Set<string>>;
  /** Removes records whose bytes are lost, and their usage. @returns their number */
  removeLost(records: readonly BytesRef[]): Promise<number>;
  /** Marks records whose bytes are missing. @returns the number of records there are */
  markLost(records: readonly BytesRef[], at: Date): Promise<number>;
  /** Takes the mark away from records whose bytes were found. @returns the number of records there are */
  markFound(records: readonly BytesRef[]): Promise<number>;
  /** Corrects ETag and size of a record to those of its bytes. @returns 1, or 0 when there is no such record */
  correct(record: BytesRef, bytes: { readonly etag: string; readonly sizeBytes: number }): Promise<number>;
  /**
   * Removes versions of a tenant's files that were replaced before an instant, or that are more than a file keeps, and
   * queues the purge of their bytes. Looks through up to `limit` files.
   * @param request.replacedBefore absent: versions of any age are kept
   * @param request.after id of the last file of the step before
   * @returns number of versions removed, and the last file of a full step
   */
  trimVersions(request: {
    readonly tenant: Tenant;
    readonly keep: number;
    readonly replacedBefore?: Date;
    readonly now: Date;
    readonly after?: string;
    readonly limit: number;
  }): Promise<{ readonly removed: number; readonly lastFile?: string }>;
  /** Every tenant with a version. */
  tenantsWithVersions(): Promise<Tenant[]>;
}

/** A trash that a client has asked to be emptied, while files are left in it. */
export interface TrashEmptying {
  readonly trash: Trash;
  /** Files that were put there later stay. */
  readonly trashedBy: Date;
}

/** Emptying of the trash, in all tenants. */
export interface TrashCollection {
  findEmptyings(): Promise<TrashEmptying[]>;
  /** Ends an emptying, unless the client has asked again since. */
  finishEmptying(emptying: TrashEmptying): Promise<void>;
  /** Every tenant with files in the trash. */
  findTenants(): Promise<Tenant[]>;
  /** Removes files that were put there by an instant, and queues the purge of their bytes. @returns their number */
  remove(request: TrashEmptying & { readonly limit: number }): Promise<number>;
}
