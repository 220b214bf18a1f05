/**
 * A promise that a signal can end.
 * @param start begins the work, calls `done` with its result, and returns what cancels it
 * @returns `done`'s value; rejects with the signal's reason as soon as it aborts, after cancelling
 */
export function abortable<T>(
  start: (done: (value: T | PromiseLike<T>) => void) => (() => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      cancel?.();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
    const cancel = start((value) => {
      signal?.removeEventListener('abort', stop);
      resolve(value);
    });
  });
}

/**
 * Settles as the work does, or with the signal's reason as soon as it aborts. Work that lost the race is not stopped; its
 * result is ignored.
 */
export function race<T>(work: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  // Without a handler, work that fails after the abort would count as an unhandled rejection.
  work.then(undefined, () => {});
  return abortable<T>((done) => void work.then(done, () => done(work)), signal);
}

/** Resolves after `seconds`; rejects with the signal's reason as soon as it aborts. */
export function sleep(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return abortable<void>((done) => {
    const timer = setTimeout(done, seconds * 1000);
    return () => clearTimeout(timer);
  }, signal);
}

/** A signal that aborts when one of these does. */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const given = signals.filter((signal) => signal !== undefined);
  // Making one takes 20 µs in Node.
  return given.length === 1 && given[0] ? given[0] : AbortSignal.any(given);
}
