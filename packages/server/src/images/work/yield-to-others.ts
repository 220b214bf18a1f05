import { readdirSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Of 19: pictures wait while the API or the store want the processor. */
const niceness = 10;

/**
 * Lowers the priority of this process, so that a flood of pictures costs other processes of the machine little. On Linux
 * a priority belongs to a thread; those begun later inherit it.
 */
export function yieldToOthers(): void {
  for (const thread of [0, ...threadsOfThisProcess()]) {
    try {
      setPriority(thread, niceness);
    } catch {
      // The thread is gone, or the system does not let us: then everything is as it was.
    }
  }
}

function threadsOfThisProcess(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return [];
  }
}
