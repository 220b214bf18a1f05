import { idKey } from '../index/keys.ts';
import type { StoreIndex } from '../index/store-index.ts';
import type { BlobDirectory } from './blob-directory.ts';

/**
 * Removes blobs after the commit that dropped their last reference.
 *
 * The commit itself lists them in the table `pendingDeletes`, so a crash in between leaves nothing behind. A blob with readers is
 * removed when the last of them has finished.
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

  /** Keeps these blobs on disk until the returned function is called. */
  hold(ids: readonly string[]): () => void {
    for (const id of ids) this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#release(ids);
    };
  }

  /** Removes blobs in the background. @param ids of blobs in `pendingDeletes` */
  purge(ids: readonly string[]): void {
    const unread = ids.filter((id) => !this.#readers.has(id));
    for (const id of ids) if (this.#readers.has(id)) this.#deferred.add(id);
    if (unread.length === 0) return;
    // A blob that cannot be removed stays in `pendingDeletes`; the next start retries.
    const run = this.#delete(unread).catch(() => undefined);
    this.#running.add(run);
    void run.then(() => this.#running.delete(run));
  }

  /** Removes the blobs that earlier processes left in `pendingDeletes`. */
  recover(): void {
    this.purge([...this.#index.tables.pendingDeletes.range({})].map(({ key }) => key.toString('hex')));
  }

  /** Resolves when no removal is running. */
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
      for (const id of ids) transaction.remove(this.#index.tables.pendingDeletes, idKey(id));
    });
  }
}
