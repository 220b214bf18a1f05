import { LRUCache } from 'lru-cache';
import type { File } from '../../files/file.ts';

/**
 * How long a record is believed without asking again, notifications or not: together with the time a question takes, below
 * the 5 seconds in which a file that is no longer public must be gone.
 */
const believedForMs = 4_000;
/** Shorter for missing files: a client may be waiting for one to appear. */
const missingForMs = 1_000;
const maxKnown = 20_000;

type Find = (key: string) => Promise<File | undefined>;

interface Entry {
  readonly asked: Promise<File | undefined>;
  /** The result, once it has arrived. */
  file?: File | undefined;
}

/** Remembers what files are for a few seconds, or until there is news of one; equal questions share one answer. */
export class FileLookup {
  readonly #find: Find;
  readonly #known = new LRUCache<string, Entry>({
    max: maxKnown,
    ttl: believedForMs,
  });

  constructor(find: Find) {
    this.#find = find;
  }

  find(key: string): Promise<File | undefined> {
    const known = this.#known.get(key);
    if (known) return known.asked;
    // The entry is set before its query ends, and its time counts from the query: a notification meanwhile removes it.
    const entry: Entry = { asked: this.#find(key) };
    this.#known.set(key, entry);
    entry.asked.then(
      (file) => {
        entry.file = file;
        if (file === undefined && this.#known.peek(key) === entry) {
          this.#known.set(key, entry, { ttl: missingForMs });
        }
      },
      () => {
        if (this.#known.peek(key) === entry) this.#known.delete(key);
      },
    );
    return entry.asked;
  }

  /** The record that is believed now; undefined when there is none, or a query would be needed. */
  peek(key: string): File | undefined {
    return this.#known.peek(key)?.file;
  }

  remove(key: string): void {
    this.#known.delete(key);
  }

  clear(): void {
    this.#known.clear();
  }
}
