import { setTimeout as sleep } from 'node:timers/promises';

const maxTries = 60;
const pauseMs = 500;

/** Runs work that opens a file; retries for 30 seconds while too many are open, in this process or on this machine. */
export async function retryWhenDescriptorsAreFree<Result>(
  work: () => Result | Promise<Result>,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!isOutOfDescriptors(error) || tries === maxTries) throw error;
    }
    await sleep(pauseMs);
  }
}

/** Whether too many open files (EMFILE, ENFILE) are the error or one of its causes. */
export function isOutOfDescriptors(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && (cause.code === 'EMFILE' || cause.code === 'ENFILE')) return true;
  }
  return false;
}
