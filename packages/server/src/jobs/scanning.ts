import type { Readable } from 'node:stream';
import type { Tenant } from '../identity/tenant.ts';

/** The verdict of a scanner. `too-large`: it takes no stream of this length. */
export type Verdict =
  | { readonly outcome: 'clean' }
  | { readonly outcome: 'infected'; readonly signature: string }
  | { readonly outcome: 'too-large' };

/** A scanner of bytes, a daemon beside the service. */
export interface Scanner {
  /**
   * Scans bytes.
   * @param open begins to read them; the scanner ends each stream that it gets
   * @throws ScannerAway when it does not answer; what the stream throws; another error when it did not understand these bytes
   */
  scan(open: () => Promise<Readable>): Promise<Verdict>;
  /** @throws ScannerAway */
  ping(): Promise<void>;
}

/** The scanner cannot be reached, or broke off: files wait. */
export class ScannerAway extends Error {
  override readonly name = 'ScannerAway';
}

/** Bytes to scan: a file's, or contents that are to replace a file's. */
export interface ScanTask {
  readonly kind: 'file' | 'contents';
  readonly tenant: Tenant;
  readonly objectKey: string;
  /** Present for `file`. */
  readonly fileId?: string;
}

/** Bytes that wait for a scan, in all tenants. A task that has got other bytes meanwhile, or has ended, stays as it is. */
export interface ScanQueue {
  /** One page of the tasks, by tenant and object, behind `after`. */
  find(request: { readonly after?: ScanTask; readonly limit: number }): Promise<ScanTask[]>;
  /** Their number, up to `limit`. */
  count(limit: number): Promise<number>;
  /** Lets the bytes go to those who may read them; the event `file.scanned`. */
  pass(task: ScanTask): Promise<void>;
  /** Every tenant with files that wait. */
  findTenants(): Promise<Tenant[]>;
  /** Lets up to `limit` of a tenant's files go without a scan. @returns their number */
  release(tenant: Tenant, limit: number): Promise<number>;
  /** Removes a file, queues the purge of its bytes, and keeps its id; the events `file.refused` and `file.deleted`. */
  refuse(task: ScanTask, because: { readonly reason: string; readonly at: Date }): Promise<void>;
  /** Forgets contents that no request waits for any more. */
  forgetContents(request: { readonly askedBefore: Date }): Promise<void>;
}
