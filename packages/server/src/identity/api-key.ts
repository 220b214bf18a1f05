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
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
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

/**
 * SHA-256 of the whole key. No salt or stretching: the key is 256 random bits, which nobody can guess
 * (OWASP "Password Storage" is about secrets that people choose).
 */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key, 'latin1').digest();
}
