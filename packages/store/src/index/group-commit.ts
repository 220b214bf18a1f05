import { Overlay, Transaction } from './transaction.ts';

/** Writes all changes or none, and resolves once they survive power loss. */
type WriteDurably = (changes: Overlay) => Promise<void>;

interface Waiting {
  readonly decide: (transaction: Transaction) => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets many writers share commits. Decisions that arrive while a commit is being synced wait for the next one; they are
 * then decided one after the other, in order of arrival, and none of them sees a state that another could still change.
 */
export class GroupCommit {
  readonly #writeDurably: WriteDurably;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(writeDurably: WriteDurably) {
    this.#writeDurably = writeDurably;
  }

  /**
   * @returns what `decide` returned, once all it wrote is durable
   * @throws what `decide` threw, or why the commit failed
   */
  mutate<T>(decide: (transaction: Transaction) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ decide, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is waiting any more. */
  async drained(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Requests answered by the last commit, and those read in the same turn of the event loop, still join this one.
      await new Promise((resolve) => setImmediate(resolve));
      const group = this.#waiting;
      this.#waiting = [];
      await this.#commit(group);
    }
    this.#running = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const changes = new Overlay();
    const decided: (() => void)[] = [];
    const failed: ((error: unknown) => void)[] = [];
    for (const { decide, resolve, reject } of group) {
      const transaction = new Transaction(changes);
      try {
        const result = decide(transaction);
        // `result` is what this very caller's `decide` returned.
        decided.push(() => resolve(result as never));
        failed.push(reject);
      } catch (error) {
        transaction.rollBack();
        reject(error);
      }
    }
    try {
      await this.#writeDurably(changes);
      for (const answer of decided) answer();
    } catch (error) {
      for (const answer of failed) answer(error);
    }
  }
}
