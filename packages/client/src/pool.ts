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
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    try {
      return await task();
    } finally {
      this.#release();
    }
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return until((done) => {
      this.#queue.add(done);
      return () => this.#queue.delete(done);
    }, signal);
  }

  /** The place goes straight to who has waited longest. */
  #release(): void {
    for (const next of this.#queue) {
      this.#queue.delete(next);
      next();
      return;
    }
    this.#free += 1;
  }
}
