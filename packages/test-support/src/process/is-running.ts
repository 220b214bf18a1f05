import { findProcessStartTime } from '@bkend/store/directory';

/** Whether a process runs. One that has ended does not, however long its parent takes to collect its exit code. */
export function isRunning(pid: number): boolean {
  return findProcessStartTime(pid) !== undefined;
}
