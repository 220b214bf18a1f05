import { createHash, type Hash } from 'node:crypto';
import { StorageError, type StoredFile } from '@bkend/storage';
import { recordedSha256 } from '../sync/sync-mark.ts';

/** Hashes every byte of a download in order and compares the hashes with the stored ones at the end. */
export class IntegrityCheck {
  #md5: Hash = createHash('md5');
  #sha256: Hash = createHash('sha256');
  readonly #expectedSha256: string | undefined;

  /** @param file its SHA-256 is compared too, where it is recorded for the present contents */
  constructor(file: Pick<StoredFile, 'metadata' | 'version'>) {
    this.#expectedSha256 = recordedSha256(file);
  }

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    if (this.#expectedSha256 !== undefined) this.#sha256.update(bytes);
  }

  /** The MD5 of the bytes so far, in hex. */
  md5(): string {
    return this.#md5.copy().digest('hex');
  }

  /** Starts again from the first byte. */
  reset(): void {
    this.#md5 = createHash('md5');
    this.#sha256 = createHash('sha256');
  }

  /**
   * @param md5 in hex, where the object store gives it
   * @throws `client/checksum-mismatch`
   */
  verify(md5: string | undefined): void {
    requireEqual('MD5 (its ETag)', this.#md5.digest('hex'), md5);
    requireEqual('SHA-256', this.#sha256.digest('hex'), this.#expectedSha256);
  }
}

function requireEqual(name: string, found: string, expected: string | undefined): void {
  if (expected === undefined || found === expected.toLowerCase()) return;
  const message = `The bytes received are not the bytes stored: their ${name} is ${found}, expected ${expected}.`;
  throw new StorageError('client/checksum-mismatch', message);
}
