import { createHash, randomBytes } from 'node:crypto';
import type { Scope } from './caller.ts';
import type { Tenant } from './tenant.ts';

export const keyTypes = ['publishable', 'secret'] as const;
export type KeyType = (typeof keyTypes)[number];

/** What is kept of a key: everything but the key. */
export interface ApiKey {
  /** UUIDv7. */
  readonly id: string;
  readonly type: KeyType;
  readonly tenant: Tenant;
  readonly name?: string;
  /** The first 8 of its hex digits, by which a key found in an app is matched to its row; absent for keys of before. */
  readonly prefix?: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  /** To the minute; absent when no use has been seen. */
  readonly lastUsedAt?: Date;
}

const prefixes = { publishable: 'pk_', secret: 'sk_' } as const satisfies Record<KeyType, string>;
const keyPattern = /^(?:pk|sk)_[0-9a-f]{64}$/;

/** A new key: its prefix and 32 random bytes in hex. Shown once; only its hash is kept. */
export function generateApiKey(type: KeyType): string {
  return prefixes[type] + randomBytes(32).toString('hex');
}

/** Whether this can be a key at all, so that nonsense costs no look-up. */
export function isApiKey(text: string): boolean {
  return keyPattern.test(text);
}

/** What lists show of a key: the first 8 hex digits. The other 56 keep it secret. */
export function keyPrefix(key: string): string {
  return key.slice(3, 11);
}

/**
 * SHA-256 of the whole key. No salt or stretching: the key is 256 random bits, which nobody can guess
 * (OWASP "Password Storage" is about secrets that people choose).
 */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key, 'latin1').digest();
}
