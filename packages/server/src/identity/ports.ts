import type { ApiKey } from './api-key.ts';
import type { ChangeNotices } from './noticed-cache.ts';

/** Where API keys are kept. */
export interface ApiKeyRepository {
  /** Expired and revoked ones too: `authenticate` says which it was. */
  findByHash(hash: Buffer): Promise<ApiKey | undefined>;
  insert(key: ApiKey, hash: Buffer): Promise<void>;
  /** Keeps when keys were last used; keys that are not known are passed over. */
  noteUses(uses: ReadonlyMap<string, Date>): Promise<void>;
  /** Newest first, with prefix and last use. */
  list(): Promise<ApiKey[]>;
  /** Undefined when there is no such key. Every process gets notice. Doing it again keeps the first instant. */
  revoke(id: string, at: Date): Promise<ApiKey | undefined>;
  /**
   * Inserts the first keys of an empty installation; false when there were keys already. One transaction under a lock,
   * so that of several processes starting at once only one does.
   */
  insertFirst(keys: readonly { readonly key: ApiKey; readonly hash: Buffer }[]): Promise<boolean>;
}

/** News of revoked keys, delivered to every process. */
export type KeyNotices = ChangeNotices;
