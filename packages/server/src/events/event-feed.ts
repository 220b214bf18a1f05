import { setTimeout as sleep } from 'node:timers/promises';
import type { Tenant } from '../identity/tenant.ts';
import type { Event } from './event.ts';
import type { EventQuery, EventRepository } from './ports.ts';

/** Pause between two looks at whether there are further events; one look serves all followers of a process. */
const lookEveryMs = 200;
/** After a failed look. */
const retryAfterMs = 1_000;
/** Reads of the database at once, of ten connections that all requests of a process share. */
const maxReads = 4;
/** Events of one read. */
const pageSize = 100;

export interface EventFeedDeps {
  readonly events: Pick<EventRepository, 'read' | 'latest'>;
  readonly onError: (error: unknown) => void;
}

/** The events to follow: those after an id, that the user may see, of these types. */
export type FollowedEvents = Omit<EventQuery, 'limit'>;

/** Receiver of the events of one follower. */
export interface EventSink {
  /** Takes an event. @returns false: it takes no further one until {@link Follower.resume} is called */
  take(event: Event): boolean;
}

/** Someone who follows events. */
export interface Follower extends Disposable {
  /** No event up to here is still to come. */
  readonly after: number;
  /** Goes on, after the sink has taken no more. */
  resume(): void;
}

/** The events of one tenant as they appear, and who follows them. */
interface Tail {
  readonly tenant: Tenant;
  /** Its last event that has been read, or one after it. */
  position: number;
  readonly followers: Set<Following>;
}

interface Following {
  readonly query: FollowedEvents;
  readonly sink: EventSink;
  readonly tail: Tail;
  after: number;
  /** `behind` reads from the database by itself until it is `live`; `full` waits for its sink. */
  state: 'behind' | 'live' | 'full' | 'ended';
}

/**
 * Hands out events as they appear, to any number of followers. One look at the database every 200 ms finds out whether there are
 * further ones, and one read of each tenant with followers serves all of them that are up to date. A follower that begins earlier, or
 * whose sink has been full, reads pages of its own until it has caught up; nothing is kept for it in memory. Tenants and such followers
 * are read a page each in turn, four pages at once: one with many events holds up no other. Without followers there is no look.
 */
export class EventFeed implements AsyncDisposable {
  readonly #deps: EventFeedDeps;
  readonly #tails = new Map<Tenant, Tail>();
  /** Tenants to read further events of, in turn. */
  readonly #further = new Set<Tail>();
  /** Followers to read pages for, in turn. */
  readonly #behind = new Set<Following>();
  /** Tenants whose next page is being read. */
  readonly #inRead = new Set<Tail>();
  readonly #stop = new AbortController();
  readonly #reads = new Set<Promise<void>>();
  /** Whether the last read was of a tenant: the next one is of a follower that is behind, if there is one. */
  #hasReadTail = false;
  /** The id that the last look has found. */
  #latest = 0;
  #looking: Promise<void> | undefined;

  constructor(deps: EventFeedDeps) {
    this.#deps = deps;
  }

  /** Follows events until disposed. @param query.after absent: from the events to come */
  async follow(
    query: Omit<FollowedEvents, 'after'> & { readonly after: number | undefined },
    sink: EventSink,
  ): Promise<Follower> {
    const latest = await this.#deps.events.latest();
    const { tenant, after = latest } = query;
    const tail = this.#tails.get(tenant) ?? { tenant, position: latest, followers: new Set() };
    this.#tails.set(tenant, tail);
    const following: Following = { query: { ...query, after }, sink, tail, after, state: 'behind' };
    tail.followers.add(following);
    this.#catchUp(following);
    this.#looking ??= this.#look();
    return {
      get after() {
        return following.after;
      },
      resume: () => {
        if (following.state !== 'full') return;
        following.state = 'behind';
        this.#catchUp(following);
      },
      [Symbol.dispose]: () => {
        following.state = 'ended';
        this.#behind.delete(following);
        tail.followers.delete(following);
        if (tail.followers.size > 0) return;
        this.#further.delete(tail);
        if (this.#tails.get(tenant) === tail) this.#tails.delete(tenant);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#looking, ...this.#reads]);
  }

  /** Looks for further events while there are followers. */
  async #look(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#tails.size > 0 && !signal.aborted) {
      let pauseMs = lookEveryMs;
      try {
        this.#latest = await this.#deps.events.latest();
        for (const tail of this.#tails.values()) this.#readFurther(tail);
      } catch (error) {
        this.#deps.onError(error);
        pauseMs = retryAfterMs;
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
    this.#looking = undefined;
  }

  /** Reads a page at a time of this tenant, in turn with others, up to what the last look has found. */
  #readFurther(tail: Tail): void {
    if (tail.position >= this.#latest || this.#inRead.has(tail)) return;
    if ([...tail.followers].some(({ state }) => state === 'live')) {
      this.#further.add(tail);
      this.#readNext();
    } else tail.position = this.#latest;
  }

  async #readTail(tail: Tail): Promise<void> {
    this.#inRead.add(tail);
    try {
      const { tenant, position: after } = tail;
      const page = await this.#deps.events.read({ tenant, after, limit: pageSize });
      tail.position = page.nextAfter;
      for (const following of tail.followers) {
        if (following.state === 'live') give(following, page.events.filter(isFor(following)), page.nextAfter);
      }
    } catch (error) {
      await this.#pauseAfterFailure();
      throw error;
    } finally {
      this.#inRead.delete(tail);
      this.#readFurther(tail);
    }
  }

  /** Reads a page at a time for this follower, in turn with others, until it is up to date. */
  #catchUp(following: Following): void {
    if (following.state !== 'behind') return;
    if (following.after >= following.tail.position) {
      following.state = 'live';
      return;
    }
    this.#behind.add(following);
    this.#readNext();
  }

  /** Begins as many reads as may run at once, of tenants and of followers that are behind by turns. */
  #readNext(): void {
    while (this.#reads.size < maxReads && !this.#stop.signal.aborted) {
      const [tail] = this.#further;
      const [following] = this.#behind;
      this.#hasReadTail = tail !== undefined && !(this.#hasReadTail && following !== undefined);
      if (this.#hasReadTail && tail !== undefined) {
        this.#further.delete(tail);
        this.#begin(this.#readTail(tail));
      } else if (following !== undefined) {
        this.#behind.delete(following);
        this.#begin(this.#readPage(following));
      } else return;
    }
  }

  #begin(reading: Promise<void>): void {
    const read = reading.catch(this.#deps.onError).finally(() => {
      this.#reads.delete(read);
      this.#readNext();
    });
    this.#reads.add(read);
  }

  async #readPage(following: Following): Promise<void> {
    const { query, after } = following;
    try {
      const page = await this.#deps.events.read({ ...query, after, limit: pageSize });
      give(following, page.events, page.nextAfter);
    } catch (error) {
      await this.#pauseAfterFailure();
      throw error;
    } finally {
      this.#catchUp(following);
    }
  }

  #pauseAfterFailure(): Promise<void> {
    return sleep(retryAfterMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

/** Whether an event of the tenant is one that this follower asks for, as `EventRepository.read` chooses them. */
function isFor({ query: { userId, types }, after }: Following): (event: Event) => boolean {
  return (event) => {
    if (event.id <= after || types?.includes(event.type) === false) return false;
    if (userId === undefined) return true;
    return (event.ownerType === 'user' && event.ownerId === userId) || event.readers.includes(userId);
  };
}

/** Gives events to a follower's sink, until that takes no more. */
function give(following: Following, events: readonly Event[], nextAfter: number): void {
  for (const event of events) {
    if (following.state === 'ended') return;
    const takesMore = following.sink.take(event);
    following.after = event.id;
    if (!takesMore) {
      following.state = 'full';
      return;
    }
  }
  following.after = Math.max(following.after, nextAfter);
}
