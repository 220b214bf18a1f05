import { LRUCache } from 'lru-cache';
import type { ApiKey } from './api-key.ts';
import type { ApiKeyRepository, KeyNotices } from './ports.ts';

export interface ApiKeyCache extends AsyncDisposable {
  find(hash: Buffer): Promise<ApiKey | undefined>;
}

const maxCachedKeys = 10_000;

/** Even with notices coming in: no key is believed longer than this without looking again. */
const believedForMs = 60_000;

/**
 * Remembers keys between requests and forgets them all when one is revoked anywhere. While notices cannot come in,
 * nothing is remembered, so that a revoked key never lives on: each request then asks the database.
 */
export async function createApiKeyCache(
  repository: Pick<ApiKeyRepository, 'findByHash'>,
  notices: KeyNotices,
): Promise<ApiKeyCache> {
  const known = new LRUCache<string, Promise<ApiKey | undefined>>({ max: maxCachedKeys, ttl: believedForMs });
  let listening = true;
  const subscription = await notices.subscribe({
    changed: () => known.clear(),
    lost: () => {
      listening = false;
      known.clear();
    },
    regained: () => {
      listening = true;
    },
  });

  return {
    find(hash) {
      const name = hash.toString('base64url');
      const remembered = known.get(name);
      if (remembered) return remembered;
      const asked = repository.findByHash(hash);
      // The promise goes in before its answer: a revocation meanwhile clears it, and equal requests share one look-up.
      if (listening) known.set(name, asked);
      const forget = () => {
        if (known.peek(name) === asked) known.delete(name);
      };
      asked.then((key) => key === undefined && forget(), forget);
      return asked;
    },
    [Symbol.asyncDispose]: () => subscription[Symbol.asyncDispose](),
  };
}
