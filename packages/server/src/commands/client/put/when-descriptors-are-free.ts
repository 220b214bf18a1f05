import { setTimeout as sleep } from 'node:timers/promises';

const tries = 60;
const waitMs = 500;

/** Does what opens a file; while too many are open, in this process or on this machine, it waits: 30 seconds at most. */
export async function whenDescriptorsAreFree<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!isOutOfDescriptors(error) || failures === tries) throw error;
    }
    await sleep(waitMs);
  }
}

/** Whether it is because of too many open files, itself or by what caused it. */
export function isOutOfDescriptors(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && (cause.code === 'EMFILE' || cause.code === 'ENFILE')) return true;
  }
  return false;
}
