import type { ApiKey } from './api-key.ts';
import type { ChangeNotifications } from './notified-cache.ts';

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
