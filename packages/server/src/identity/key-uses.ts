import { LRUCache } from 'lru-cache';
import type { ApiKeyRepository } from './api-key.ts';

/** Notes uses of keys, outside requests. */
export interface KeyUses extends AsyncDisposable {
  note(keyId: string): void;
}

/** One process writes a key's last use at most once in this time. */
const writtenEveryMs = 60_000;
/** Uses of this time share one statement. */
const gatheredForMs = 1_000;
const maxKeys = 10_000;

/**
 * Collects uses of keys and writes them together. Uses that cannot be written are dropped: a later use is noted again.
 * @param onFailure called with the error when uses could not be written
 */
export function createKeyUses(
  keys: Pick<ApiKeyRepository, 'noteUses'>,
  clock: () => Date,
  onFailure: (error: unknown) => void,
): KeyUses {
  const recent = new LRUCache<string, true>({ max: maxKeys, ttl: writtenEveryMs });
  let gathered = new Map<string, Date>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    const uses = gathered;
    if (uses.size === 0) return;
    gathered = new Map();
    writing = keys.noteUses(uses).catch(onFailure);
  }

  return {
    note(keyId) {
      if (recent.has(keyId)) return;
      recent.set(keyId, true);
      gathered.set(keyId, clock());
      timer ??= setTimeout(write, gatheredForMs).unref();
    },
    async [Symbol.asyncDispose]() {
      write();
      await writing;
    },
  };
}
