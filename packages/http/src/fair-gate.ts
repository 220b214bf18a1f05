import { StorageError } from '@bkend/storage-contract';
import { tooManyAtOnce } from './rate-limit.ts';

export interface FairGateRules {
  /** Work of all callers under way at once. */
  readonly total: number;
  /** Work of one caller under way at once. */
  readonly perCaller: number;
  /** Work of one caller that may wait. */
  readonly maxQueuedPerCaller: number;
  /** Work of all callers that may wait. */
  readonly maxQueued: number;
  /** How long work waits before it is refused. */
  readonly maxWaitMs: number;
}

export interface GateCaller {
  readonly name: string;
  /** Whether the client has gone: work of such a caller that still waits is dropped when its turn comes. */
  readonly isGone: () => boolean;
}

interface Waiting {
  readonly isGone: () => boolean;
  readonly begin: () => void;
  readonly refuse: (error: StorageError) => void;
}

interface Queue {
  running: number;
  readonly waiting: Waiting[];
}

/**
 * Starts expensive work, a share of it for each caller: work beyond the share waits in that caller's own queue,
 * and callers with work waiting take turns.
 */
export class FairGate {
  readonly #rules: FairGateRules;
  /** In the order in which callers have their turns. */
  readonly #queues = new Map<string, Queue>();
  #running = 0;
  #queued = 0;

  constructor(rules: FairGateRules) {
    this.#rules = rules;
  }

  /**
   * Runs work when it is the caller's turn.
   * @throws `common/too-many-requests` when the caller's queue is full, `common/unavailable` when the
   * queues of all callers together are full or the turn does not come in time
   */
  async run<T>(caller: GateCaller, work: () => Promise<T>): Promise<T> {
    const queue = await this.#enter(caller);
    try {
      return await work();
    } finally {
      queue.running -= 1;
      this.#running -= 1;
      this.#tidy(caller.name, queue);
      this.#next();
    }
  }

  async #enter({ name, isGone }: GateCaller): Promise<Queue> {
    const queue = this.#queues.get(name) ?? { running: 0, waiting: [] };
    if (this.#mayBegin(queue)) {
      this.#queues.set(name, queue);
      this.#begin(queue);
      return queue;
    }
    const { maxQueuedPerCaller, maxQueued, maxWaitMs } = this.#rules;
    if (queue.waiting.length >= maxQueuedPerCaller) throw tooManyAtOnce(maxQueuedPerCaller);
    if (this.#queued >= maxQueued) throw new StorageError('common/unavailable', 'Too much waits.');
    // Not before: callers that are refused leave nothing behind.
    this.#queues.set(name, queue);
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        isGone,
        begin: () => {
          clearTimeout(timer);
          this.#begin(queue);
          resolve();
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        this.#drop(name, queue, waiting);
        reject(new StorageError('common/unavailable', 'The turn did not come in time.'));
      }, maxWaitMs);
      queue.waiting.push(waiting);
      this.#queued += 1;
    });
    return queue;
  }

  #mayBegin({ running }: Queue): boolean {
    return this.#running < this.#rules.total && running < this.#rules.perCaller;
  }

  #begin(queue: Queue): void {
    queue.running += 1;
    this.#running += 1;
  }

  /** Gives what is free to those who wait, one after the other: who has had a turn goes to the end. */
  #next(): void {
    for (const [name, queue] of [...this.#queues]) {
      if (this.#running >= this.#rules.total) return;
      while (queue.waiting[0]?.isGone()) {
        this.#drop(name, queue, queue.waiting[0]);
      }
      const [first] = queue.waiting;
      if (first === undefined || !this.#mayBegin(queue)) continue;
      queue.waiting.shift();
      this.#queued -= 1;
      this.#queues.delete(name);
      this.#queues.set(name, queue);
      first.begin();
    }
  }

  #drop(name: string, queue: Queue, waiting: Waiting): void {
    const index = queue.waiting.indexOf(waiting);
    if (index < 0) return;
    queue.waiting.splice(index, 1);
    this.#queued -= 1;
    waiting.refuse(new StorageError('common/unavailable', 'Nobody waits for this any more.'));
    this.#tidy(name, queue);
  }

  #tidy(name: string, queue: Queue): void {
    if (queue.running === 0 && queue.waiting.length === 0) this.#queues.delete(name);
  }
}
