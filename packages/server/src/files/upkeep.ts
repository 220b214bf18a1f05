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
  /** Takes due purges for `leaseSeconds`: no other process gets them meanwhile, and they are due again if this one dies. */
  claim(request: {
    readonly limit: number;
    readonly now: Date;
    readonly leaseSeconds: number;
  }): Promise<Purge[]>;
  /** The bytes are gone. */
  finish(ids: readonly string[]): Promise<void>;
  /** It failed, and is due again at that instant. */
  retry(id: string, failure: { readonly error: string; readonly at: Date }): Promise<void>;
  /**
   * Queues bytes that were found without a file. Left alone are keys this server never issued and whatever a file, an upload
   * or a purge refers to in this moment. Returns how many.
   */
  enqueue(keys: readonly string[]): Promise<number>;
}

/** What the database knows of a key. */
export interface KnownKey {
  readonly key: string;
  readonly kind: 'file' | 'upload' | 'purge';
  /** When the row was made. */
  readonly createdAt: Date;
  /** Of files only. */
  readonly file?: FileRef & {
    readonly etag: string;
    readonly sizeBytes: number;
    /** Whether its bytes were missed before. */
    readonly isLost: boolean;
  };
}

/** Names a file. */
export interface FileRef {
  readonly tenant: Tenant;
  readonly id: string;
}

export interface Upkeep {
  /** Ends uploads that expired before `now`: row out, purge in, one statement. Returns how many. */
  expireUploads(request: { readonly now: Date; readonly limit: number }): Promise<number>;
  /** Removes `temp` files made before that instant, as `remove` would. Returns how many. */
  expireTempFiles(request: { readonly createdBefore: Date; readonly limit: number }): Promise<number>;
  /** Folds up to `limit` usage deltas into the totals. Returns how many. */
  foldUsage(limit: number): Promise<number>;
  /** Every tenant that a file, an upload or a purge belongs to, in no order that matters. */
  knownTenants(): Promise<Tenant[]>;
  /**
   * Keys of one tenant's objects in ascending byte order, those below `_pending/` aside, beginning behind `after`; one page.
   */
  knownKeys(request: {
    readonly tenant: Tenant;
    readonly after?: string;
    readonly limit: number;
  }): Promise<KnownKey[]>;
  /** Multipart ids that an upload or a purge still answers for. */
  knownMultipartIds(ids: readonly string[]): Promise<Set<string>>;
  /** Removes files whose bytes are lost, and counts them out. Returns how many. */
  removeLostFiles(files: readonly FileRef[]): Promise<number>;
  /** Notes that the bytes of these files are missed. Returns how many there are. */
  markLost(files: readonly FileRef[], at: Date): Promise<number>;
  /** Notes that they are there after all. */
  markFound(files: readonly FileRef[]): Promise<number>;
  /** Lets the record say what the bytes are. */
  correctFile(file: FileRef, bytes: { readonly etag: string; readonly sizeBytes: number }): Promise<number>;
}

/** A file whose bytes lie at its key, where an upload URL of the version before may still reach them. */
export interface UnsealedFile extends FileRef {
  readonly key: string;
  readonly mimeType: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /** Whether its bytes were missed before. */
  readonly isLost: boolean;
}

interface ExpectedCopy {
  readonly tenant: Tenant;
  readonly objectKey: string;
  /** When the copy is purged unless it has been taken. */
  readonly until: Date;
}

/** What sealing the files of the version before needs. */
export interface Sealing {
  /** Whether processes of the version before serve beside this one: they look for bytes at the key. */
  hasOlderProcesses(): Promise<boolean>;
  /** In the order of tenant and id, beginning behind `after`; one page. */
  findUnsealed(request: { readonly after?: FileRef; readonly limit: number }): Promise<UnsealedFile[]>;
  /** Notes of files that came in parts that their bytes are sealed where they are. Returns how many. */
  adoptMultiparts(request: { readonly limit: number }): Promise<number>;
  /** Queues the purge of a copy that is about to be made. */
  expectCopy(copy: ExpectedCopy): Promise<void>;
  /** Lets the file have the copy, if it still is as it was found; and calls its purge off. */
  takeCopy(
    copy: ExpectedCopy & { readonly id: string; readonly etag: string; readonly sizeBytes: number },
  ): Promise<boolean>;
}

/** What the database knows of the installation it belongs to. */
export interface InstallationRecord {
  read(): Promise<{
    readonly id: string;
    /** When the marker object was written to the bucket. */
    readonly markedAt?: Date;
    /** When the database was last restored from a backup. */
    readonly restoredAt?: Date;
  }>;
  setMarked(at: Date): Promise<void>;
}

/** Lets one process at a time do a job, over all machines. */
export interface JobLock {
  /** Undefined when another process is running it. */
  runExclusively<T>(job: string, work: () => Promise<T>): Promise<T | undefined>;
}
