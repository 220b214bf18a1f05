import { statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { S3Error } from '../errors/s3-error.ts';

const { ENOSPC, EDQUOT } = constants.errno;
const fullDiskCodes: ReadonlySet<string | number> = new Set(['ENOSPC', 'EDQUOT', ENOSPC, EDQUOT]);

/**
 * Disk space that new content may not use, so that deletes and other small index writes go on when the disk is full.
 * Less free space than this also explains a failed write: LMDB reports EIO for one that was cut short.
 */
const reservedBytes = 16 * 1024 * 1024;

/** How long, and for how many new bytes, a measurement of the free space is good. */
const measurementLifeMs = 1000;
const measurementBytes = 4 * 1024 * 1024;

/**
 * State of the disk: whether writes are still safe.
 *
 * After a failed fsync the kernel may have dropped the dirty pages and report success the next time (see "Can Applications
 * Recover from fsync Failures?", Rebello et al., USENIX ATC 2020). So the first such error ends all writing until a restart.
 */
export class StoreHealth {
  readonly #path: string;
  #reason: string | undefined;
  #measurement:
    | { readonly availableBytes: Promise<number>; readonly at: number; takenBytes: number }
    | undefined;

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
   * Checks, as far as it can be known beforehand, that the disk has space for `sizeBytes` more bytes.
   *
   * @param elsewhere bytes that are free in the index but not in the file system; called when it matters
   * @throws S3Error `InsufficientStorage`
   */
  async assertRoom(sizeBytes: number, elsewhere: () => number = () => 0): Promise<void> {
    const now = performance.now();
    let measurement = this.#measurement;
    if (
      measurement === undefined ||
      now - measurement.at > measurementLifeMs ||
      measurement.takenBytes > measurementBytes
    ) {
      measurement = { availableBytes: this.#measure(), at: now, takenBytes: 0 };
      this.#measurement = measurement;
    }
    measurement.takenBytes += sizeBytes;
    const { takenBytes } = measurement;
    const leftBytes = (await measurement.availableBytes) - takenBytes;
    if (leftBytes < reservedBytes && elsewhere() < reservedBytes / 4 + sizeBytes) {
      throw new S3Error('InsufficientStorage');
    }
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
    if (fullDiskCodes.has(error.code)) return true;
    return (await this.#measure()) < reservedBytes;
  }

  async #measure(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#path);
    return bavail * bsize;
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
