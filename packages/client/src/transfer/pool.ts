import { abortable } from './sleep.ts';

/** Runs at most `size` tasks concurrently; the others wait in the order they came. */
export class Pool {
  /** Number of slots. */
  readonly size: number;
  #free: number;
  readonly #queue = new Set<() => void>();

  constructor(size: number) {
    this.size = size;
    this.#free = size;
  }

  /** Runs the task as soon as a slot is free; leaves the queue when the signal aborts first. */
  async run<T>(task: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const queue = this.#queue;
    if (this.#free > 0) this.#free -= 1;
    else {
      await abortable<void>((done) => {
        queue.add(done);
        return () => queue.delete(done);
      }, signal);
    }
    try {
      return await task();
    } finally {
      // The slot goes straight to the task that has waited longest.
      const [next] = queue;
      if (next) {
        queue.delete(next);
        next();
      } else this.#free += 1;
    }
  }
}
