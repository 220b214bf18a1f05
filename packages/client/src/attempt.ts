import { StorageError } from './storage-error.ts';
import { race } from './until.ts';

/** Something has moved; with false: nothing needs to, until the next call. */
export type Alive = (isWatched?: boolean) => void;

/** Aborts when one of them does. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}

/**
 * Does one thing under a signal of its own, which aborts when one of the given ones does, or when `alive` has not been
 * called for `stallSeconds`. Rejects with that signal's reason at once, whatever the work itself makes of it.
 */
export async function attempt<T>(
  work: (signal: AbortSignal, alive: Alive) => Promise<T>,
  stallSeconds: number,
  ...signals: readonly (AbortSignal | undefined)[]
): Promise<T> {
  const stalled = new AbortController();
  const signal = anySignal(stalled.signal, ...signals);
  const stall = () => stalled.abort(stallError(stallSeconds));
  let isOver = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive: Alive = (isWatched = true) => {
    clearTimeout(timer);
    if (isWatched && !isOver) timer = setTimeout(stall, stallSeconds * 1000);
  };
  alive();
  try {
    signal.throwIfAborted();
    return await race(work(signal, alive), signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    isOver = true;
    alive();
  }
}

/** @param waitingFor the caller's own code that is silent; undefined for the network */
export function stallError(stallSeconds: number, waitingFor?: 'accessToken' | 'source'): StorageError {
  const message = `Nothing ${waitingFor ? `came from ${waitingFor}` : 'moved'} for ${stallSeconds} seconds.`;
  return new StorageError('client/stalled', message, waitingFor && { details: { waitingFor } });
}
