import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from '../packages/test-support/src/process/at-exit.ts';

/** A new directory for a benchmark's files; removed when disposed of, and when the benchmark is interrupted. */
export async function scratchDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'bkend-bench-'));
  const ended = atExit(() => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true });
      ended();
    },
  };
}
