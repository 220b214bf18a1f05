import { StorageError } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';

/** The requests of one client for images of one owner. */
export interface Flow {
  /** The client's network address. */
  readonly client: string;
  /** The owner of the original, with the tenant. */
  readonly owner: string;
}

/** Equal for equal flows. */
export function flowName({ client, owner }: Flow): string {
  return `${client}\n${owner}`;
}

/** Time after which half of the use of a client or an owner is forgotten. */
const halfLifeMs = 10_000;
const maxNames = 20_000;

interface Use {
  readonly milliseconds: number;
  readonly at: number;
}

/** CPU time spent lately for each client address, and on files of each owner. */
export class RecentUse {
  readonly #uses = new LRUCache<string, Use>({ max: maxNames });

  /** The client's and the owner's use added, in milliseconds: whichever of the two floods, its requests wait behind others. */
  of({ client, owner }: Flow): number {
    return this.#read(`client ${client}`) + this.#read(`owner ${owner}`);
  }

  /** @param milliseconds of work; below 0 to correct an expected cost that was too high */
  add({ client, owner }: Flow, milliseconds: number): void {
    for (const name of [`client ${client}`, `owner ${owner}`]) {
      const used = Math.max(0, this.#read(name) + milliseconds);
      this.#uses.set(name, { milliseconds: used, at: performance.now() });
    }
  }

  #read(name: string): number {
    const use = this.#uses.get(name);
    return use ? use.milliseconds * 0.5 ** ((performance.now() - use.at) / halfLifeMs) : 0;
  }
}

export interface FairQueueOptions {
  /** Pieces of work that run at once, of all flows. */
  readonly slots: number;
  /** Slots beyond those for flows that have nothing running: a flow need not wait for the end of another flow's work. */
  readonly extraSlots: number;
  /** Requests that may wait. */
  readonly maxQueued: number;
  /** Longest time from the request to its result, waiting included. */
  readonly deadlineMs: number;
  /** Shared by all queues of a host. */
  readonly use: RecentUse;
}

/** A request for a slot. */
export interface SlotRequest {
  readonly flow: Flow;
  /** Expected CPU time, in milliseconds. */
  readonly costMs: number;
  /** Aborts when the client has gone: a request that waits leaves the queue at once. */
  readonly signal?: AbortSignal | undefined;
}

interface Waiting extends SlotRequest {
  readonly start: () => void;
  readonly refuse: (reason: unknown) => void;
}

/**
 * A queue that is fair between flows. Of the waiting requests, the next to run is the one whose client and owner have used the
 * least lately, its own cost added: a flood waits behind the requests of others, and a small image goes before a large one. When
 * the queue is full, the request of the flow with the highest use is refused. Work of a request that left the queue is never begun.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  readonly #waiting = new Set<Waiting>();
  readonly #runningFlows = new Map<string, number>();
  #running = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** Number of waiting requests. */
  get depth(): number {
    return this.#waiting.size;
  }

  get running(): number {
    return this.#running;
  }

  /**
   * Runs work in a slot.
   * @throws `common/unavailable` when the queue is full or the deadline has passed; the reason of the signal when it aborts
   */
  async run<T>(request: SlotRequest, work: () => Promise<T>): Promise<T> {
    const { signal } = request;
    let giveUp: NodeJS.Timeout | undefined;
    let refuse: Waiting['refuse'] = () => {};
    const refused = new Promise<never>((_, reject) => {
      refuse = reject;
      giveUp = setTimeout(() => reject(busy()), this.#options.deadlineMs);
    });
    // Both races below handle it; it may also reject when neither is in progress.
    refused.catch(() => {});
    const onAbort = () => refuse(signal?.reason);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#wait(request, refuse, refused), refused]);
      return await Promise.race([this.#work(request, work), refused]);
    } finally {
      clearTimeout(giveUp);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Resolves when a slot is taken; a request that is refused before that takes none. */
  #wait(request: SlotRequest, refuse: Waiting['refuse'], refused: Promise<never>): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { ...request, start: resolve, refuse };
      refused.catch((error: unknown) => {
        this.#waiting.delete(waiting);
        reject(error);
      });
      if (request.signal?.aborted) return;
      this.#waiting.add(waiting);
      this.#fill();
      if (this.#waiting.size > this.#options.maxQueued) this.#refuseOne();
    });
  }

  /** Keeps its slot until the work has ended, also after its request has been refused. */
  async #work<T>({ flow, costMs }: SlotRequest, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.#options.use.add(flow, performance.now() - startedAt - costMs);
      this.#count(flow, -1);
      this.#fill();
    }
  }

  #fill(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      this.#waiting.delete(next);
      this.#count(next.flow, 1);
      this.#options.use.add(next.flow, next.costMs);
      next.start();
    }
  }

  #next(): Waiting | undefined {
    const { slots, extraSlots } = this.#options;
    if (this.#running >= slots + extraSlots) return undefined;
    const isExtra = this.#running >= slots;
    let best: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (isExtra && this.#runningFlows.has(flowName(waiting.flow))) continue;
      if (!best || this.#rank(waiting) < this.#rank(best)) best = waiting;
    }
    return best;
  }

  /** Refuses the last request of the highest rank. */
  #refuseOne(): void {
    let worst: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (!worst || this.#rank(waiting) >= this.#rank(worst)) worst = waiting;
    }
    if (!worst) return;
    this.#waiting.delete(worst);
    worst.refuse(busy());
  }

  #rank({ flow, costMs }: Waiting): number {
    return this.#options.use.of(flow) + costMs;
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
  return new StorageError('common/unavailable', 'Too many images are being made at the moment.');
}
