/** Settles as the work does; on SIGINT or SIGTERM calls `stop` and rejects with the error that it returns. */
export async function untilInterrupted<T>(work: Promise<T>, stop: () => Error): Promise<T> {
  let handle = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    handle = () => reject(stop());
    process.once('SIGINT', handle);
    process.once('SIGTERM', handle);
  });
  // The loser of the race is ignored.
  work.catch(() => {});
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  }
}
