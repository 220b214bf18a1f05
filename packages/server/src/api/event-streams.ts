import { Readable } from 'node:stream';
import { StorageError } from '@bkend/storage-contract';
import type { Event } from '../events/event.ts';
import type { EventSink, Follower } from '../events/event-feed.ts';
import type { EventsDeps, FollowDeps } from '../events/read-events.ts';
import { forEachConcurrently } from '../for-each-concurrently.ts';
import type { Caller } from '../identity/caller.ts';

/** Keeps proxies from ending a quiet stream, and tells its reader how far it has come. */
const heartbeatMs = 15_000;
/** Pause between two checks of the credentials of all streams: below the 5 s within which a revoked key is in force. */
const checkMs = 2_500;
const checksAtOnce = 8;
/** Bytes that wait for the reader of a stream, at most, beside those in its socket. */
const maxWaitingBytes = 32 * 1024;
/** Pause after which a reader whose stream has broken opens another. */
const retryMs = 2_000;

/** Dependencies of the endpoints of events. */
export interface EventRoutesDeps extends EventsDeps, FollowDeps {
  readonly streams: Pick<EventStreams, 'open'>;
}

export interface EventStreamsDeps {
  /** Streams of one caller, at most. */
  readonly maxPerCaller: number;
}

/** A stream to open. */
export interface NewStream {
  readonly caller: Caller;
  /** Under which its streams are counted. */
  readonly callerName: string;
  /** Authenticates the caller again, by the same credentials. */
  readonly authenticateAgain: () => Promise<Caller>;
  readonly follow: (sink: EventSink) => Promise<Follower>;
  /** An event as the caller sees it, in JSON. */
  readonly render: (event: Event) => string;
}

/**
 * The open event streams of a process. Their credentials are checked again every 2.5 s: a stream ends with its key or token. A reader that does not
 * keep up has 32 KiB of events waiting; it is given the next ones, from the database, when it has read them.
 */
export class EventStreams implements Disposable {
  readonly #deps: EventStreamsDeps;
  readonly #open = new Set<EventStream>();
  readonly #byCaller = new Map<string, number>();
  readonly #timers: readonly NodeJS.Timeout[];
  #isChecking = false;
  #isStopped = false;

  constructor(deps: EventStreamsDeps) {
    this.#deps = deps;
    this.#timers = [
      setInterval(() => this.#beat(), heartbeatMs).unref(),
      setInterval(() => void this.#check(), checkMs).unref(),
    ];
  }

  get count(): number {
    return this.#open.size;
  }

  /**
   * Opens a stream.
   * @throws `common/too-many-requests` beyond the caller's streams; `common/unavailable` while the process stops; as `follow`
   */
  async open({ callerName, ...stream }: NewStream): Promise<Readable> {
    const { maxPerCaller } = this.#deps;
    const count = this.#byCaller.get(callerName) ?? 0;
    if (this.#isStopped) throw new StorageError('common/unavailable', 'This process stops.');
    if (count >= maxPerCaller) {
      throw new StorageError('common/too-many-requests', `At most ${maxPerCaller} open event streams.`, {
        details: { limit: maxPerCaller, retryAfterSeconds: 60 },
      });
    }
    this.#byCaller.set(callerName, count + 1);
    const opened = new EventStream(stream);
    this.#open.add(opened);
    opened.once('close', () => {
      this.#open.delete(opened);
      const left = (this.#byCaller.get(callerName) ?? 1) - 1;
      if (left > 0) this.#byCaller.set(callerName, left);
      else this.#byCaller.delete(callerName);
    });
    try {
      await opened.begin(stream.follow);
    } catch (error) {
      opened.destroy();
      throw error;
    }
    return opened;
  }

  /** Ends all streams: their readers go on with another process. */
  [Symbol.dispose](): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    for (const stream of this.#open) stream.end();
  }

  #beat(): void {
    for (const stream of this.#open) stream.beat();
  }

  async #check(): Promise<void> {
    if (this.#isChecking) return;
    this.#isChecking = true;
    await forEachConcurrently(this.#open, checksAtOnce, async (stream) => {
      // Without an answer to whether the credentials are good, too: its reader asks again.
      const caller = await stream.authenticateAgain().catch(() => undefined);
      if (caller?.kind !== stream.caller.kind) stream.end();
    });
    this.#isChecking = false;
  }
}

/** The Server-Sent Events of one reader (HTML Standard, section 9.2). */
class EventStream extends Readable {
  readonly caller: Caller;
  readonly authenticateAgain: NewStream['authenticateAgain'];
  readonly #render: (event: Event) => string;
  #follower: Follower | undefined;
  #isEnded = false;

  constructor({ caller, authenticateAgain, render }: Omit<NewStream, 'callerName'>) {
    super({ highWaterMark: maxWaitingBytes });
    this.caller = caller;
    this.authenticateAgain = authenticateAgain;
    this.#render = render;
  }

  async begin(follow: NewStream['follow']): Promise<void> {
    this.#follower = await follow({
      take: (event) => this.push(`id: ${event.id}\ndata: ${this.#render(event)}\n\n`),
    });
    // Ended or closed while it waited for the database: nothing may be pushed after the end.
    if (this.#isEnded || this.destroyed) return this.#stop();
    // With the id where it begins, a reader whose connection breaks before the first event misses none.
    this.push(`retry: ${retryMs}\nid: ${this.#follower.after}\n\n`);
  }

  /** An id without data moves that of the reader on (section 9.2.6), past events that are not for it. */
  beat(): void {
    const isRead = this.readableLength === 0;
    if (isRead && this.#follower && !this.#isEnded) this.push(`id: ${this.#follower.after}\n\n`);
  }

  end(): void {
    this.#stop();
    if (!this.#isEnded) this.push(null);
    this.#isEnded = true;
  }

  override _read(): void {
    this.#follower?.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stop();
    done(error);
  }

  #stop(): void {
    this.#follower?.[Symbol.dispose]();
  }
}
