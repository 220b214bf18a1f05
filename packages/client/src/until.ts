/**
 * Resolves when `start` calls `done`; rejects with the signal's reason as soon as it aborts, and then calls what `start`
 * returned.
 */
export function until<T>(
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
 * Settles as the work does, or with the signal's reason as soon as it aborts. Work that lost the race is not stopped; what
 * becomes of it is ignored.
 */
export function race<T>(work: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  // Without a handler, work that fails after the abort would count as an unhandled rejection.
  work.then(undefined, () => {});
  return until<T>((done) => void work.then(done, () => done(work)), signal);
}

export function sleep(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return until<void>((done) => {
    const timer = setTimeout(done, seconds * 1000);
    return () => clearTimeout(timer);
  }, signal);
}
