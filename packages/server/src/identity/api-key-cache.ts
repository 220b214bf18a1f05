import type { ApiKey } from './api-key.ts';
import { createNoticedCache } from './noticed-cache.ts';
import type { ApiKeyRepository, KeyNotices } from './ports.ts';

export interface ApiKeyCache extends AsyncDisposable {
  /** @param beforeLookUp called when no such key was ever seen; what it throws forbids the look-up */
  find(hash: Buffer, beforeLookUp?: () => void): Promise<ApiKey | undefined>;
}

/** Remembers keys between requests and forgets them all when one is revoked anywhere. */
export async function createApiKeyCache(
  repository: Pick<ApiKeyRepository, 'findByHash'>,
  notices: KeyNotices,
): Promise<ApiKeyCache> {
  const keys = await createNoticedCache(
    (name) => repository.findByHash(Buffer.from(name, 'base64url')),
    notices,
  );
  return {
    find: (hash, beforeLookUp) => keys.find(hash.toString('base64url'), beforeLookUp),
    [Symbol.asyncDispose]: () => keys[Symbol.asyncDispose](),
  };
}
