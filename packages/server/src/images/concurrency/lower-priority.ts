import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Lowers the priority of the threads that work on pixels, so that a flood of images costs the API and the store little. The main
 * thread, which answers requests, keeps its priority: cached renditions are sent at once. On Linux a priority belongs to a thread,
 * and threads started later inherit it; elsewhere this does nothing.
 * @param niceness 0 to 19; 0 changes nothing
 */
export function lowerPriority(niceness: number): void {
  if (niceness === 0) return;
  for (const thread of workerThreads()) {
    try {
      setPriority(thread, niceness);
    } catch {
      // The thread has ended, or the system forbids it: priorities stay as they are.
    }
  }
}

/** All threads but the main one, whose id is the process's. */
function workerThreads(): number[] {
  try {
    return readdirSync('/proc/self/task')
      .map(Number)
      .filter((thread) => thread !== process.pid);
  } catch {
    return [];
  }
}
