import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProcessStartTime } from '../../data-dir/own-files.ts';

/** The contents of `postmaster.pid`, which a running server writes (pidfile.h of PostgreSQL). */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
}

/** The server that runs on a cluster, whichever process started it. */
export async function findPostmaster(clusterDirectory: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(clusterDirectory, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid, , , port, , , , status] = text.split('\n');
  const found = { pid: Number(pid), port: Number(port), isReady: status?.trim() === 'ready' };
  if (!(found.pid > 0) || findProcessStartTime(found.pid) === undefined) return undefined;
  // After a crash another process may have the pid. The owner of the cluster writes the file, and root must not stop a process of
  // another user because of it.
  const owner = await stat(clusterDirectory).catch(() => undefined);
  const isOwners = owner !== undefined && readUser(found.pid, owner.uid) === owner.uid;
  return isOwners && readCommandLine(found.pid).includes(clusterDirectory) ? found : undefined;
}

/**
 * Stops a server whose parent was killed, and removes the files of a killed server. The caller holds the lock of the data
 * directory.
 * @returns whether a server was running
 */
export async function stopLeftoverPostmaster(clusterDirectory: string): Promise<boolean> {
  const postmaster = await findPostmaster(clusterDirectory);
  if (postmaster) await stopProcess(postmaster.pid);
  // PostgreSQL would not start while an unrelated process of ours has the pid in this file.
  await rm(join(clusterDirectory, 'postmaster.pid'), { force: true });
  return postmaster !== undefined;
}

/** Fast shutdown, then immediate shutdown, then SIGKILL (PostgreSQL documentation, "Shutting Down the Server"). */
const stopSignals = [
  { signal: 'SIGINT', waitMs: 20_000 },
  { signal: 'SIGQUIT', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const;

/** Stops a server and waits for its end. Clients are disconnected; committed data is safe. */
export async function stopProcess(pid: number): Promise<void> {
  const startTime = findProcessStartTime(pid);
  const isAlive = () => startTime !== undefined && findProcessStartTime(pid) === startTime;
  for (const { signal, waitMs } of stopSignals) {
    if (!isAlive()) return;
    sendSignal(pid, signal);
    const deadline = performance.now() + waitMs;
    while (isAlive() && performance.now() < deadline) await sleep(5);
  }
}

/** A signal to a process that has ended is ignored. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** proc_pid_status(5): the real user comes first. Without this file the user is unknown and assumed to be the right one. */
function readUser(pid: number, otherwise: number): number {
  if (process.platform !== 'linux') return otherwise;
  try {
    return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
  } catch {
    return Number.NaN;
  }
}

function readCommandLine(pid: number): string {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}
