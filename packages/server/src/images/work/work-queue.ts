import { StorageError } from '@bkend/storage-contract';

export interface WorkQueueOptions {
  /** How many are worked on at once. */
  readonly permits: number;
  /** How many may wait beyond those. */
  readonly maxQueued: number;
  /** Longest from asking to the answer, waiting included. */
  readonly deadlineMs: number;
}

interface Waiting {
  start: () => void;
}

/**
 * Does so much work at once, lets so much wait, and refuses the rest at once. Who has waited so long that the deadline is
 * past is told so, and work that nobody waits for any more is never begun.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting: Waiting[] = [];
  #running = 0;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** How many wait. */
  get depth(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running;
  }

  /** @throws `common/unavailable` when the queue is full or the deadline has passed */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#options.permits && this.#waiting.length >= this.#options.maxQueued)
      throw busy();
    let giveUp: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      giveUp = setTimeout(() => reject(busy()), this.#options.deadlineMs);
    });
    const turn = this.#takeTurn();
    try {
      await Promise.race([turn.begun, deadline]);
    } catch (error) {
      clearTimeout(giveUp);
      turn.giveBack();
      throw error;
    }
    return Promise.race([this.#work(work), deadline]).finally(() => clearTimeout(giveUp));
  }

  /** A place, at once or when one is free. */
  #takeTurn(): { begun: Promise<void>; giveBack(): void } {
    if (this.#running < this.#options.permits) {
      this.#running++;
      return { begun: Promise.resolve(), giveBack: () => this.#passOn() };
    }
    const waiting: Waiting = { start: () => {} };
    const begun = new Promise<void>((resolve) => {
      waiting.start = resolve;
    });
    this.#waiting.push(waiting);
    const giveBack = () => {
      const place = this.#waiting.indexOf(waiting);
      // It may have been called while it was giving up.
      if (place < 0) this.#passOn();
      else this.#waiting.splice(place, 1);
    };
    return { begun, giveBack };
  }

  /** Keeps its place until the work itself is over, whoever still waits for it. */
  async #work<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  #passOn(): void {
    const next = this.#waiting.shift();
    if (next) next.start();
    else this.#running--;
  }
}

function busy(): StorageError {
  return new StorageError('common/unavailable', 'Too many pictures are being made at the moment.');
}
