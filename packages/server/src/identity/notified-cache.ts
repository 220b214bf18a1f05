import { LRUCache } from 'lru-cache';

/** Notifications of changed rows, delivered to every process. */
export interface ChangeNotifications {
  /**
   * `changed` runs for every change; `lost` when the connection is lost and notifications may be missed; `regained` when it
   * is there again. Ends when disposed.
   */
  subscribe(listener: { changed(): void; lost(): void; regained(): void }): Promise<AsyncDisposable>;
}

/** A cache that a notification invalidates as a whole. */
export interface NotifiedCache<Value> extends AsyncDisposable {
  /** @param beforeLookUp called when no value of this name was ever found; an error prevents the look-up */
  find(name: string, beforeLookUp?: () => void): Promise<Value | undefined>;
  /** The cached value; undefined where `find` would look up, or its look-up is not over. */
  peek(name: string): Value | undefined;
  /** Invalidates all, as a notification does: after a change by this process, which need not wait for its notification. */
  invalidate(): void;
}

interface Entry<Value> {
  readonly lookedUp: Promise<Value | undefined>;
  /** The result, once the look-up is over. */
  value?: Value;
}

const maxEntries = 10_000;

/** Longest time that a value is cached while notifications arrive. */
const maxAgeMs = 60_000;

/**
 * Caches the results of `lookUp`; the first notification invalidates all of them. While the connection for notifications is
 * lost, nothing is cached, so that a change is in force at once. Neither absence nor failure is cached.
 * @param lookUp finds the value of a name; concurrent calls for one name share one look-up
 * @param options.maxAgeWithoutNotificationsMs time for which values are cached while the connection is lost, for callers that are too many
 *   for a look-up each
 */
export async function createNotifiedCache<Value>(
  lookUp: (name: string) => Promise<Value | undefined>,
  notifications: ChangeNotifications,
  { maxAgeWithoutNotificationsMs = 0 }: { readonly maxAgeWithoutNotificationsMs?: number } = {},
): Promise<NotifiedCache<Value>> {
  const cache = new LRUCache<string, Entry<Value>>({ max: maxEntries, ttl: maxAgeMs });
  // Names with a value: they stay when values are invalidated.
  const found = new LRUCache<string, true>({ max: maxEntries });
  let isListening = true;
  const subscription = await notifications.subscribe({
    changed: () => cache.clear(),
    lost: () => {
      isListening = false;
      cache.clear();
    },
    regained: () => {
      isListening = true;
    },
  });

  return {
    find(name, beforeLookUp) {
      const cached = cache.get(name);
      if (cached) return cached.lookedUp;
      if (!found.has(name)) beforeLookUp?.();
      const lookedUp = lookUp(name);
      const entry: Entry<Value> = { lookedUp };
      // The promise is cached before its result: a notification meanwhile clears it, and concurrent calls share it.
      if (isListening) cache.set(name, entry);
      else if (maxAgeWithoutNotificationsMs > 0)
        cache.set(name, entry, { ttl: maxAgeWithoutNotificationsMs });
      const drop = () => {
        if (cache.peek(name) === entry) cache.delete(name);
      };
      lookedUp.then((value) => {
        if (value !== undefined) {
          entry.value = value;
          found.set(name, true);
        } else {
          found.delete(name);
          drop();
        }
      }, drop);
      return lookedUp;
    },
    peek: (name) => cache.get(name)?.value,
    invalidate: () => cache.clear(),
    [Symbol.asyncDispose]: () => subscription[Symbol.asyncDispose](),
  };
}
