import { StorageError } from '@bkend/storage-contract';
import { type Flow, flowName } from './flow.ts';
import type { RecentUse } from './recent-use.ts';

export interface FairQueueOptions {
  /** How many pieces of work run at once, of whichever flows. */
  readonly permits: number;
  /** How many run beyond those, of flows that have nothing running: a flow need not wait for the end of another's work. */
  readonly extra: number;
  /** How many may wait beyond those that run. */
  readonly maxQueued: number;
  /** Longest from asking to the answer, waiting included. */
  readonly deadlineMs: number;
  /** Shared by the queues of a host. */
  readonly use: RecentUse;
}

/** What is known of a piece of work before it begins. */
export interface Ask {
  readonly flow: Flow;
  /** What it is expected to take, in milliseconds. */
  readonly price: number;
}

interface Waiting extends Ask {
  readonly start: () => void;
  readonly refuse: () => void;
}

/**
 * Lets a few pieces of work run at once. Of those that wait, the one begins whose client and owner have used least lately, its own
 * price added, so that a flood waits behind the requests of others and a small picture goes before a large one. When the queue is
 * full, the request of the flow that has used most is refused. Work whose requests have all been refused is never begun.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  readonly #waiting = new Set<Waiting>();
  readonly #runningFlows = new Map<string, number>();
  #running = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** How many wait. */
  get depth(): number {
    return this.#waiting.size;
  }

  get running(): number {
    return this.#running;
  }

  /** @throws `common/unavailable` when the queue is full or the deadline has passed */
  async run<T>(ask: Ask, work: () => Promise<T>): Promise<T> {
    let giveUp: NodeJS.Timeout | undefined;
    let refuse = () => {};
    const refused = new Promise<never>((_, reject) => {
      refuse = () => reject(busy());
      giveUp = setTimeout(refuse, this.#options.deadlineMs);
    });
    // Both races below handle it; it may also reject when neither is under way.
    refused.catch(() => {});
    try {
      await Promise.race([this.#turn(ask, refuse, refused), refused]);
      return await Promise.race([this.#work(ask, work), refused]);
    } finally {
      clearTimeout(giveUp);
    }
  }

  /** Resolves when a permit is taken; what is refused before that takes none. */
  #turn(ask: Ask, refuse: () => void, refused: Promise<never>): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { ...ask, start: resolve, refuse };
      refused.catch((error: unknown) => {
        this.#waiting.delete(waiting);
        reject(error);
      });
      this.#waiting.add(waiting);
      this.#fill();
      if (this.#waiting.size > this.#options.maxQueued) this.#dropOne();
    });
  }

  /** Keeps its permit until the work itself is over, also when its request has been refused. */
  async #work<T>({ flow, price }: Ask, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.#options.use.add(flow, performance.now() - startedAt - price);
      this.#count(flow, -1);
      this.#fill();
    }
  }

  #fill(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#waiting.delete(next);
      this.#count(next.flow, 1);
      this.#options.use.add(next.flow, next.price);
      next.start();
    }
  }

  #next(): Waiting | undefined {
    const { permits, extra } = this.#options;
    if (this.#running >= permits + extra) return undefined;
    const beyond = this.#running >= permits;
    let best: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (beyond && this.#runningFlows.has(flowName(waiting.flow))) continue;
      if (!best || this.#rank(waiting) < this.#rank(best)) best = waiting;
    }
    return best;
  }

  /** The last of the highest rank. */
  #dropOne(): void {
    let worst: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (!worst || this.#rank(waiting) >= this.#rank(worst)) worst = waiting;
    }
    if (!worst) return;
    this.#waiting.delete(worst);
    worst.refuse();
  }

  #rank({ flow, price }: Waiting): number {
    return this.#options.use.of(flow) + price;
  }

  #count(flow: Flow, change: 1 | -1): void {
    const name = flowName(flow);
    const left = (this.#runningFlows.get(name) ?? 0) + change;
    if (left > 0) this.#runningFlows.set(name, left);
    else this.#runningFlows.delete(name);
    this.#running += change;
  }
}

function busy(): StorageError {
  return new StorageError('common/unavailable', 'Too many pictures are being made at the moment.');
}
