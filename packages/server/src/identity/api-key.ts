import { createHash, randomBytes } from 'node:crypto';
import { type ErrorCode, StorageError } from '@bkend/storage-contract';
import type { Scope } from './caller.ts';
import type { ChangeNotifications } from './notified-cache.ts';
import type { Tenant } from './tenant.ts';

export const keyTypes = ['publishable', 'secret'] as const;
export type KeyType = (typeof keyTypes)[number];

/** The record of a key, without the key itself. */
export interface ApiKey {
  /** UUIDv7. */
  readonly id: string;
  readonly type: KeyType;
  readonly tenant: Tenant;
  readonly name?: string;
  /** The first 8 of its hex digits, by which a key found in an app is matched to its row; absent for keys of the first version. */
  readonly prefix?: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  /** To the minute; absent when the key was never used. */
  readonly lastUsedAt?: Date;
}

const prefixes = { publishable: 'pk_', secret: 'sk_' } as const satisfies Record<KeyType, string>;
const keyPattern = /^(?:pk|sk)_[0-9a-f]{64}$/;

/** Generates a key: its prefix and 32 random bytes in hex. It is shown once; only its hash is stored. */
export function generateApiKey(type: KeyType): string {
  return prefixes[type] + randomBytes(32).toString('hex');
}

/** Whether this has the form of a key; other text costs no look-up. */
export function isApiKey(text: string): boolean {
  return keyPattern.test(text);
}

/** The part of a key that lists show: its first 8 hex digits. The other 56 keep it secret. */
export function keyPrefix(key: string): string {
  return key.slice(3, 11);
}

/**
 * SHA-256 of the whole key. No salt or stretching: the key is 256 random bits and cannot be guessed
 * (OWASP "Password Storage" is about secrets that people choose).
 */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key, 'latin1').digest();
}

/** Finds the records of keys. */
export interface ApiKeyLookUp {
  /** Finds a key by its hash, through a cache. */
  readonly findApiKey: (hash: Buffer, beforeLookUp?: () => void) => Promise<ApiKey | undefined>;
  readonly clock: () => Date;
}

/**
 * Gets the record of the key that a request sends.
 * @param apiKey the header `X-API-Key`
 * @param beforeLookUp called before a key is looked up that was never found; an error prevents the look-up
 * @throws `auth/invalid-api-key`, `auth/api-key-expired`, `auth/api-key-revoked`
 */
export async function getApiKey(
  deps: ApiKeyLookUp,
  { apiKey, beforeLookUp }: { readonly apiKey: string | undefined; readonly beforeLookUp?: () => void },
): Promise<ApiKey> {
  const refuse = (code: ErrorCode, message: string) => new StorageError(code, message);
  if (!apiKey) throw refuse('auth/invalid-api-key', 'Send your API key as the X-API-Key header.');
  const key = isApiKey(apiKey) ? await deps.findApiKey(hashApiKey(apiKey), beforeLookUp) : undefined;
  if (key === undefined) throw refuse('auth/invalid-api-key', 'This API key is not known here.');
  if (key.revokedAt !== undefined) throw refuse('auth/api-key-revoked', 'This API key has been revoked.');
  if (key.expiresAt !== undefined && key.expiresAt <= deps.clock()) {
    throw refuse('auth/api-key-expired', 'This API key has expired.');
  }
  return key;
}

/** API keys. A revocation notifies every process. */
export interface ApiKeyRepository {
  /** Expired and revoked keys, too: `authenticate` tells them apart. */
  findByHash(hash: Buffer): Promise<ApiKey | undefined>;
  insert(key: ApiKey, hash: Buffer): Promise<void>;
  /** Stores the last use of each key; unknown ids are ignored. */
  noteUses(uses: ReadonlyMap<string, Date>): Promise<void>;
  /** Newest first, with prefix and last use. */
  list(): Promise<ApiKey[]>;
  /** Revokes a key; again, it keeps the first instant. @returns undefined when there is no such key */
  revoke(id: string, at: Date): Promise<ApiKey | undefined>;
  /**
   * Inserts the first keys of an installation. One transaction under a lock, so that of several processes that start
   * together only one does.
   * @returns false when there were keys already
   */
  insertFirst(keys: readonly { readonly key: ApiKey; readonly hash: Buffer }[]): Promise<boolean>;
}

/** Notifications of revoked keys. */
export type KeyNotifications = ChangeNotifications;
