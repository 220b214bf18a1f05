import type { BlobDirectory } from '../disk/blob-directory.ts';
import { idKey } from '../index/keys.ts';
import type { StoreIndex } from '../index/store-index.ts';

/**
 * Deletes files after the commit that forgot them.
 *
 * Which files are to go is part of that commit (table `doomed`), so that a crash in between leaves nothing behind; and a file
 * someone is still reading waits until the last reader has left.
 */
export class BlobPurger {
  readonly #index: StoreIndex;
  readonly #blobs: BlobDirectory;
  readonly #readers = new Map<string, number>();
  readonly #deferred = new Set<string>();
  readonly #running = new Set<Promise<void>>();

  constructor(index: StoreIndex, blobs: BlobDirectory) {
    this.#index = index;
    this.#blobs = blobs;
  }

  /** Keeps these files until the returned function is called. */
  hold(ids: readonly string[]): () => void {
    for (const id of ids) this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#release(ids);
    };
  }

  /** Deletes doomed files in the background, soon. */
  purge(ids: readonly string[]): void {
    const unread = ids.filter((id) => !this.#readers.has(id));
    for (const id of ids) if (this.#readers.has(id)) this.#deferred.add(id);
    if (unread.length === 0) return;
    // A file that cannot be deleted stays doomed and is tried again at the next start.
    const run = this.#delete(unread).catch(() => undefined);
    this.#running.add(run);
    void run.then(() => this.#running.delete(run));
  }

  /** Deletes what earlier runs left doomed. */
  recover(): void {
    this.purge([...this.#index.tables.doomed.range({})].map(({ key }) => key.toString('hex')));
  }

  /** Resolves when nothing is being deleted. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  #release(ids: readonly string[]): void {
    const due: string[] = [];
    for (const id of ids) {
      const readers = (this.#readers.get(id) ?? 0) - 1;
      if (readers > 0) {
        this.#readers.set(id, readers);
        continue;
      }
      this.#readers.delete(id);
      if (this.#deferred.delete(id)) due.push(id);
    }
    this.purge(due);
  }

  async #delete(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#blobs.remove(id);
    await this.#index.mutate((transaction) => {
      for (const id of ids) transaction.remove(this.#index.tables.doomed, idKey(id));
    });
  }
}
