import { until } from './until.ts';

/** Lets so many tasks run at once; the others wait in the order they came. */
export class Pool {
  readonly size: number;
  #free: number;
  readonly #queue = new Set<() => void>();

  constructor(size: number) {
    this.size = size;
    this.#free = size;
  }

  /** Runs the task when its turn comes; leaves the queue when the signal aborts first. */
  async run<T>(task: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const queue = this.#queue;
    if (this.#free > 0) this.#free -= 1;
    else {
      await until<void>((done) => {
        queue.add(done);
        return () => queue.delete(done);
      }, signal);
    }
    try {
      return await task();
    } finally {
      // The place goes straight to who has waited longest.
      const [next] = queue;
      if (next) {
        queue.delete(next);
        next();
      } else this.#free += 1;
    }
  }
}
