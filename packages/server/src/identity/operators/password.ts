import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { invalidParameters, StorageError } from '@bkend/storage-contract';
import { foldName } from './operator.ts';

/** Characters of a password, at least and at most. */
const length = { min: 12, max: 256 };
const minDifferentCharacters = 5;

/** One of the equal settings of OWASP's "Password Storage": 32 MiB and about 0.3 s for each hash. */
const cost = { log2N: 15, r: 8, p: 3 } as const;
const hashBytes = 32;
const saltBytes = 16;

/** The hash of no password, at the same cost. */
const dummyHash = ['scrypt', cost.log2N, cost.r, cost.p, 'AAAAAAAAAAAAAAAAAAAAAA', 'A'.repeat(43)].join('$');

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/**
 * Refuses passwords that are guessed first.
 * @throws `common/invalid-parameters`
 */
export function requirePassword(password: string, name: string): void {
  const characters = [...password.normalize('NFC')];
  const message =
    characters.length < length.min || characters.length > length.max
      ? `must have ${length.min} to ${length.max} characters`
      : new Set(characters).size < minDifferentCharacters
        ? `must have at least ${minDifferentCharacters} different characters`
        : foldName(password).includes(foldName(name)) && name.length >= length.min / 2
          ? 'must not contain the name'
          : undefined;
  if (message !== undefined) throw invalidParameters([{ field: 'password', message }]);
}

/** Hashes passwords, two at a time: each takes 32 MiB. */
export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #maxWaiting: number;

  /** @param maxWaiting further ones that wait, at most; beyond, `common/unavailable` */
  constructor(maxWaiting = 32) {
    this.#maxWaiting = maxWaiting;
  }

  /** @returns `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`, with base64url */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes);
    const hash = await this.#derive(password, salt, cost);
    return [
      'scrypt',
      cost.log2N,
      cost.r,
      cost.p,
      salt.toString('base64url'),
      hash.toString('base64url'),
    ].join('$');
  }

  /**
   * Compares a password with a stored hash.
   * @param stored undefined for an unknown name, which takes as long as a known one
   */
  async verify(password: string, stored: string | undefined): Promise<boolean> {
    const [, log2N, r, p, salt = '', expected = ''] = (stored ?? dummyHash).split('$');
    const hash = await this.#derive(password, Buffer.from(salt, 'base64url'), {
      log2N: Number(log2N),
      r: Number(r),
      p: Number(p),
    });
    const expectedHash = Buffer.from(expected, 'base64url');
    const isEqual = expectedHash.length === hash.length && timingSafeEqual(expectedHash, hash);
    return isEqual && stored !== undefined;
  }

  async #derive(password: string, salt: Buffer, { log2N, r, p }: Cost): Promise<Buffer> {
    await this.#enter();
    try {
      const options = { N: 2 ** log2N, r, p, maxmem: 2 ** log2N * r * 256 };
      return await derive(password.normalize('NFC'), salt, hashBytes, options);
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #enter(): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new StorageError('common/unavailable', 'Too many passwords are being checked; try again.');
    }
    while (this.#running >= 2) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }
}

interface Cost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}
