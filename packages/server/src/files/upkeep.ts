import type { Tenant } from '../identity/tenant.ts';

/** What the jobs need of the database; `postgres/` implements it. */

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
