import { StorageError } from './storage-error.ts';

/** What ends an attempt from outside, and for how long nothing may move. */
export interface AttemptLimits {
  readonly signals: readonly (AbortSignal | undefined)[];
  readonly stallSeconds: number;
}

/**
 * Does one thing under a signal of its own, which aborts when one of the given ones does, or when `alive` has not been
 * called for `stallSeconds`. Rejects with that signal's reason, whatever the work itself made of it.
 */
export async function attempt<T>(
  { signals, stallSeconds }: AttemptLimits,
  work: (signal: AbortSignal, alive: () => void) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const stops = signals.flatMap((signal) => {
    if (!signal) return [];
    const stop = () => own.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
    return [() => signal.removeEventListener('abort', stop)];
  });
  const stall = () =>
    own.abort(new StorageError('client/stalled', `Nothing moved for ${stallSeconds} seconds.`));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(stall, stallSeconds * 1000);
  };
  alive();
  try {
    own.signal.throwIfAborted();
    return await work(own.signal, alive);
  } catch (error) {
    throw own.signal.aborted ? own.signal.reason : error;
  } finally {
    clearTimeout(timer);
    for (const release of stops) release();
  }
}
