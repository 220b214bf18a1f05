import { StorageError } from '../storage-error.ts';
import type { Gate } from './gate.ts';
import { anySignal, race } from './sleep.ts';

/** Reports activity and restarts the stall timeout; `alive(false)` suspends it until the next call. */
export type Alive = (isWatched?: boolean) => void;

/** Milliseconds that stalled work has to end after its signal has aborted. */
const settleMs = 200;

/**
 * Runs one attempt under a signal of its own, which aborts when a given one does, or when `alive` has not been called for
 * `stallSeconds`.
 * @returns the work's result; rejects with a given signal's reason at once, even when the work ignores the signal
 * @throws `client/stalled` after `stallSeconds` without activity. Every transport of ours then ends with the signal; where the
 * work does not, a `fetch` of the caller hangs: `details.waitingFor` names it, since asking it again would be as useless.
 */
export async function withStallTimeout<T>(
  work: (signal: AbortSignal, alive: Alive) => Promise<T>,
  stallSeconds: number,
  ...signals: readonly (AbortSignal | undefined)[]
): Promise<T> {
  const stalled = new AbortController();
  const hung = new AbortController();
  const ended = anySignal(hung.signal, ...signals);
  const signal = anySignal(stalled.signal, ended);
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stall = () => {
    const error = stallError(stallSeconds);
    stalled.abort(error);
    timer = setTimeout(() => {
      error.details.waitingFor = 'fetch';
      hung.abort();
    }, settleMs);
  };
  const alive: Alive = (isWatched = true) => {
    clearTimeout(timer);
    if (isWatched && !isOver) timer = setTimeout(stall, stallSeconds * 1000);
  };
  alive();
  try {
    signal.throwIfAborted();
    return await race(work(signal, alive), ended);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    isOver = true;
    alive();
  }
}

/**
 * Waits for a promise of the caller's code, such as the next chunk of a stream, which may never settle.
 * @throws `client/stalled` after `stallSeconds`; rejects with the signal's reason as soon as that aborts
 */
export type CallerWait = <T>(work: T | PromiseLike<T>) => Promise<T>;

/** Limits of a {@link CallerWait}. */
export interface CallerWaitLimits {
  readonly stallSeconds: number;
  readonly signal?: AbortSignal;
  /** While it is closed, waiting is no stall. */
  readonly gate?: Gate;
}

/** @param waitingFor the caller's code, as `details.waitingFor` names it */
export function createCallerWait(
  waitingFor: 'accessToken' | 'source',
  { stallSeconds, signal, gate }: CallerWaitLimits,
): CallerWait {
  return async (work) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      const listen = () => {
        timer = setTimeout(
          () => (gate?.signal.aborted ? listen() : reject(stallError(stallSeconds, waitingFor))),
          stallSeconds * 1000,
        );
      };
      listen();
    });
    try {
      return await race(Promise.race([work, silence]), signal);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** @param waitingFor the caller's code that did not answer; undefined for the network */
function stallError(stallSeconds: number, waitingFor?: 'accessToken' | 'source' | 'fetch'): StorageError {
  const message = `Nothing from ${waitingFor ?? 'network'} for ${stallSeconds} s.`;
  return new StorageError('client/stalled', message, { details: { waitingFor } });
}
