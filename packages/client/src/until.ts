/**
 * Resolves when `start` calls `done`; rejects with the signal's reason as soon as it aborts, and then calls what `start`
 * returned.
 */
export function until(
  start: (done: () => void) => (() => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      cancel?.();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
    const cancel = start(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
  });
}

export function sleep(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return until((done) => {
    const timer = setTimeout(done, seconds * 1000);
    return () => clearTimeout(timer);
  }, signal);
}
