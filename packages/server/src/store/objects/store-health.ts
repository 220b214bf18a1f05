import { statfs } from 'node:fs/promises';
import { S3Error } from './s3-error.ts';

/** Below this a failed write is put down to the full disk: LMDB reports it as EIO. */
const fullDiskBytes = 16 * 1024 * 1024;

/**
 * Whether the disk can still be trusted with writes.
 *
 * After a failed fsync the kernel may have dropped the dirty pages and report success the next time (see "Can Applications
 * Recover from fsync Failures?", Rebello et al., USENIX ATC 2020). So the first such error ends all writing until a restart.
 */
export class StoreHealth {
  readonly #path: string;
  #reason: string | undefined;

  /** @param path the data directory */
  constructor(path: string) {
    this.#path = path;
  }

  /** Why writes are refused; undefined while all is well. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** @throws S3Error `ServiceUnavailable` once a write has failed for good */
  assertWritable(): void {
    if (this.#reason !== undefined) throw new S3Error('ServiceUnavailable');
  }

  /**
   * Runs a step of a write that must not fail.
   *
   * @throws S3Error `InsufficientStorage` when the disk is full, `ServiceUnavailable` for any other error of the system;
   *   what is not an error of the system passes through
   */
  async guard<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      const isFull = await this.#isDiskFull(error);
      if (!isFull) this.#reason ??= `a write to ${this.#path} failed: ${error.message}`;
      const refusal = new S3Error(isFull ? 'InsufficientStorage' : 'ServiceUnavailable');
      refusal.cause = error;
      throw refusal;
    }
  }

  async #isDiskFull(error: SystemError): Promise<boolean> {
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return true;
    const { bavail, bsize } = await statfs(this.#path);
    return bavail * bsize < fullDiskBytes;
  }
}

/** From the file system `code` is a name, from LMDB an errno or one of its own negative numbers. */
type SystemError = Error & { readonly code: string | number };

function isSystemError(error: unknown): error is SystemError {
  if (!(error instanceof Error) || error instanceof S3Error || !('code' in error)) return false;
  return (
    typeof error.code === 'number' || (typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code))
  );
}
