import type { Tenant } from '../identity/tenant.ts';
import type { FileRef } from './ports.ts';

/** A file of the first version, whose bytes lie at its key, where an upload URL may still overwrite them. */
export interface UnsealedFile extends FileRef {
  readonly key: string;
  readonly mimeType: string;
  readonly etag: string;
  readonly sizeBytes: number;
  /** Whether an earlier run missed its bytes. */
  readonly isLost: boolean;
  /** Failed attempts at sealing it so far, of all processes. */
  readonly attempts: number;
}

interface ExpectedCopy {
  readonly tenant: Tenant;
  readonly objectKey: string;
  /** When the copy is purged unless a file has taken it. */
  readonly until: Date;
}

/** Sealing of files that the first version registered. */
export interface Sealing {
  /** Whether processes of the first version serve beside this one: they read bytes at the key. */
  hasOlderProcesses(): Promise<boolean>;
  /** One page of the files whose next attempt is due, by tenant and id, behind `after`. */
  findUnsealed(request: {
    readonly now: Date;
    readonly after?: FileRef;
    readonly limit: number;
  }): Promise<UnsealedFile[]>;
  /** Marks files that came by multipart upload as sealed where they lie. @returns their number */
  adoptMultiparts(request: { readonly limit: number }): Promise<number>;
  /** Queues the purge of a copy that is about to be made. */
  expectCopy(copy: ExpectedCopy): Promise<void>;
  /** Gives the file its copy and cancels the purge; false when the file has changed, or the purge has begun. */
  takeCopy(
    copy: ExpectedCopy & { readonly id: string; readonly etag: string; readonly sizeBytes: number },
  ): Promise<boolean>;
  /** Counts a failed attempt; the next one is due at `at`, for every process. */
  retry(file: FileRef, failure: { readonly at: Date }): Promise<void>;
}
