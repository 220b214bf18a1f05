import type { ApiKey, ApiKeyRepository, KeyNotifications } from './api-key.ts';
import { createNotifiedCache } from './notified-cache.ts';

export interface ApiKeyCache extends AsyncDisposable {
  /** @param beforeLookUp called before a key is looked up that was never found; an error prevents the look-up */
  find(hash: Buffer, beforeLookUp?: () => void): Promise<ApiKey | undefined>;
}

/** Caches keys between requests; a notification of a revoked key invalidates all. */
export async function createApiKeyCache(
  repository: Pick<ApiKeyRepository, 'findByHash'>,
  notifications: KeyNotifications,
): Promise<ApiKeyCache> {
  const keys = await createNotifiedCache(
    (name) => repository.findByHash(Buffer.from(name, 'base64url')),
    notifications,
  );
  return {
    find: (hash, beforeLookUp) => keys.find(hash.toString('base64url'), beforeLookUp),
    [Symbol.asyncDispose]: () => keys[Symbol.asyncDispose](),
  };
}
