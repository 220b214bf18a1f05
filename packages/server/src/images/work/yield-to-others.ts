import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Lowers the priority of the threads that work on pixels, so that a flood of pictures costs the API and the store little.
 * The thread that answers requests keeps its own: what is cached is sent at once. On Linux a priority belongs to a thread,
 * and those begun later inherit it; elsewhere this does nothing.
 * @param niceness 0 to 19; 0 changes nothing
 */
export function yieldToOthers(niceness: number): void {
  if (niceness === 0) return;
  for (const thread of workingThreads()) {
    try {
      setPriority(thread, niceness);
    } catch {
      // The thread is gone, or the system does not let us: then everything is as it was.
    }
  }
}

/** All but the first, whose number is the process's. */
function workingThreads(): number[] {
  try {
    return readdirSync('/proc/self/task')
      .map(Number)
      .filter((thread) => thread !== process.pid);
  } catch {
    return [];
  }
}
