import { LRUCache } from 'lru-cache';

/** News of what a cache keeps, delivered to every process. */
export interface ChangeNotices {
  /**
   * `changed` runs whenever something changed; `lost` when notices may be missed from now on, `regained` when they
   * come again. Stops when disposed.
   */
  subscribe(listener: { changed(): void; lost(): void; regained(): void }): Promise<AsyncDisposable>;
}

/** Values by name, remembered until a notice says that one of them changed. */
export interface NoticedCache<Value> extends AsyncDisposable {
  /** @param beforeLook called when no value of this name was ever seen; what it throws forbids the look */
  find(name: string, beforeLook?: () => void): Promise<Value | undefined>;
  /** What is remembered at this moment; undefined where `find` would look, or its look is not over. */
  peek(name: string): Value | undefined;
  /** Forgets all, as a notice does: for a change that was made here, which need not wait for its notice. */
  forget(): void;
}

interface Entry<Value> {
  readonly looked: Promise<Value | undefined>;
  /** What was found, once it is there. */
  value?: Value;
}

const maxEntries = 10_000;

/** With notices coming in, no value is believed longer than this without looking again. */
const believedForMs = 60_000;

/**
 * Remembers what `look` finds and forgets all of it with the first notice. While notices cannot come in, nothing is
 * remembered: each call then looks again, so that a change is in force at once. Neither absence nor failure is remembered.
 * @param look finds the value of a name; calls for one name at the same time share one look
 * @param unheardForMs how long a value is believed all the same while notices cannot come in, for callers that are too many
 *   for a look each
 */
export async function createNoticedCache<Value>(
  look: (name: string) => Promise<Value | undefined>,
  notices: ChangeNotices,
  { unheardForMs = 0 }: { readonly unheardForMs?: number } = {},
): Promise<NoticedCache<Value>> {
  const known = new LRUCache<string, Entry<Value>>({ max: maxEntries, ttl: believedForMs });
  // Names that there was a value of: they stay when values are forgotten.
  const seen = new LRUCache<string, true>({ max: maxEntries });
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
    find(name, beforeLook) {
      const remembered = known.get(name);
      if (remembered) return remembered.looked;
      if (!seen.has(name)) beforeLook?.();
      const looked = look(name);
      const entry: Entry<Value> = { looked };
      // The promise goes in before its answer: a notice meanwhile clears it, and equal calls share one look.
      if (listening) known.set(name, entry);
      else if (unheardForMs > 0) known.set(name, entry, { ttl: unheardForMs });
      const forget = () => {
        if (known.peek(name) === entry) known.delete(name);
      };
      looked.then((value) => {
        if (value !== undefined) {
          entry.value = value;
          seen.set(name, true);
        } else {
          seen.delete(name);
          forget();
        }
      }, forget);
      return looked;
    },
    peek: (name) => known.get(name)?.value,
    forget: () => known.clear(),
    [Symbol.asyncDispose]: () => subscription[Symbol.asyncDispose](),
  };
}
