import type { ApiKey } from './api-key.ts';

/** Where API keys are kept. */
export interface ApiKeyRepository {
  /** Expired and revoked ones too: `authenticate` says which it was. */
  findByHash(hash: Buffer): Promise<ApiKey | undefined>;
  insert(key: ApiKey, hash: Buffer): Promise<void>;
  /** Newest first. */
  list(): Promise<ApiKey[]>;
  /** Undefined when there is no such key. Every process hears of it. Doing it again keeps the first instant. */
  revoke(id: string, at: Date): Promise<ApiKey | undefined>;
  /**
   * Inserts the first keys of an empty installation; false when there were keys already. One transaction under a lock,
   * so that of several processes starting at once only one does.
   */
  insertFirst(keys: readonly { readonly key: ApiKey; readonly hash: Buffer }[]): Promise<boolean>;
}

/** News about keys, heard by every process. */
export interface KeyNotices {
  /**
   * `changed` runs whenever a key was revoked; `lost` when notices may be missed from now on, `regained` when they
   * come again. Stops when disposed.
   */
  subscribe(listener: { changed(): void; lost(): void; regained(): void }): Promise<AsyncDisposable>;
}
