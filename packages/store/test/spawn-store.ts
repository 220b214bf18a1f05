import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { atExit } from '../../test-support/src/process/at-exit.ts';

const script = fileURLToPath(new URL('./store-process.js', import.meta.url));

/** A store in a process of its own. */
export interface SpawnedStore {
  readonly pid: number | undefined;
  /** Undefined when it ended before it listened. */
  readonly endpoint: string | undefined;
  /** As `kill -9` does; resolves when the process is gone. */
  kill(): Promise<void>;
}

/**
 * Starts a store; resolves when it listens, or has ended.
 *
 * @param wrapper a command to run it under, such as strace
 */
export async function spawnStore(dataDir: string, wrapper: readonly string[] = []): Promise<SpawnedStore> {
  return await spawnServer([script, dataDir], wrapper);
}

/** The same with any script that says where it listens, in one line. */
export async function spawnServer(
  script: readonly string[],
  wrapper: readonly string[] = [],
): Promise<SpawnedStore> {
  const [command = '', ...rest] = [...wrapper, process.execPath, ...script];
  // A group of its own: what wraps it must not survive it.
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const isEnded = atExit(() => killGroup(child));
  const ended = once(child, 'exit').then(isEnded);
  const listening = once(child.stdout, 'data').then(([line]) => String(line).trim());
  const endpoint = await Promise.race([listening, ended.then(() => undefined)]);
  return {
    pid: child.pid,
    endpoint,
    async kill() {
      killGroup(child);
      await ended;
    },
  };
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
