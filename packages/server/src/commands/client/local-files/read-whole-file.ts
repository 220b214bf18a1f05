import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';

const smallBytes = 64 * 1024;
/** Milliseconds that a small file in memory, or on a fast disk, takes less than. */
const quickMs = 2;
/** Small files that the thread pool reads after one that was slow: its threads let a slow disk work on several. */
const filesAfterSlow = 100;
/** Milliseconds of reading after which signals and timers get their turn. */
const stepMs = 20;

/**
 * Creates a reader of whole files. Small ones are read on the calling thread: waking threads of the pool, five times a file, costs
 * more than reading and hashing it. A slow disk is left to the pool.
 */
export function createWholeFileReader(): (path: string, sizeBytes: number) => Promise<Buffer> {
  let leftToPool = 0;
  let blockedMs = 0;
  return async (path, sizeBytes) => {
    if (sizeBytes > smallBytes) return readFile(path);
    if (leftToPool > 0) {
      leftToPool -= 1;
      return readFile(path);
    }
    if (blockedMs > stepMs) {
      blockedMs = 0;
      await setImmediate();
    }
    const startedMs = performance.now();
    const bytes = readFileSync(path);
    const tookMs = performance.now() - startedMs;
    blockedMs += tookMs;
    if (tookMs > quickMs) leftToPool = filesAfterSlow;
    return bytes;
  };
}
