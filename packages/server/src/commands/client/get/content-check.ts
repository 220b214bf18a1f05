import { createHash, type Hash } from 'node:crypto';
import { StorageError, type StoredFile } from '@bkend/storage';

/** Sees every byte of a file once, in order, and says at the end whether they are the ones that were stored. */
export class ContentCheck {
  #md5: Hash = createHash('md5');
  #sha256: Hash = createHash('sha256');
  readonly #expectedSha256: string | undefined;

  /** @param file its `metadata.custom.sha256` is held to, where it is one */
  constructor({ metadata }: Pick<StoredFile, 'metadata'>) {
    const sha256 = metadata.custom?.sha256;
    this.#expectedSha256 = typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256) ? sha256 : undefined;
  }

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    if (this.#expectedSha256 !== undefined) this.#sha256.update(bytes);
  }

  /** Everything starts over. */
  reset(): void {
    this.#md5 = createHash('md5');
    this.#sha256 = createHash('sha256');
  }

  /**
   * @param md5 in hex, where storage says it
   * @throws `client/checksum-mismatch`
   */
  verify(md5: string | undefined): void {
    requireEqual('MD5 (its ETag)', this.#md5.digest('hex'), md5);
    requireEqual('SHA-256', this.#sha256.digest('hex'), this.#expectedSha256);
  }
}

function requireEqual(name: string, found: string, expected: string | undefined): void {
  if (expected === undefined || found === expected.toLowerCase()) return;
  const message = `Other bytes came than were stored: their ${name} is ${found}, and should be ${expected}.`;
  throw new StorageError('client/checksum-mismatch', message);
}
