import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFileOnce } from './create-file-once.ts';
import { findProcessStartTime } from './process-start-time.ts';

/** Held by this process until it is released, or until the process is gone, however it went. */
export interface Lock {
  release(): Promise<void>;
}

/** Another living process holds the lock. */
export class LockHeldError extends Error {
  override readonly name = 'LockHeldError';
  readonly pid: number;

  constructor(name: string, pid: number) {
    super(`"${name}" is held by process ${pid}.`);
    this.pid = pid;
  }
}

const pollMs = 20;

/**
 * Takes a lock of the data directory. A file says who holds it: one that was left by a process that is no more, killed or
 * lost with the power, is recognised by that process's pid and start time and taken over at once.
 * @param options.waitMs how long to wait for a living holder; not at all when absent
 * @throws LockHeldError
 */
export async function acquireLock(
  dataDir: string,
  name: string,
  options: { readonly waitMs?: number } = {},
): Promise<Lock> {
  const path = await lockPath(dataDir, name);
  const content = JSON.stringify({ pid: process.pid, startTime: findProcessStartTime(process.pid) });
  const deadline = performance.now() + (options.waitMs ?? 0);
  for (;;) {
    if (await createFileOnce(path, content)) return { release: () => releaseLock(path, content) };
    const found = await readLock(path);
    if (found === undefined) continue;
    const holder = livingHolder(found);
    if (holder === undefined) await removeLeftover(path, found);
    else if (performance.now() >= deadline) throw new LockHeldError(name, holder);
    else await sleep(pollMs);
  }
}

/** Resolves when nobody holds the lock any more, or when the time is up. */
export async function waitForRelease(dataDir: string, name: string, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  while ((await findLockHolder(dataDir, name)) !== undefined && performance.now() < deadline) {
    await sleep(pollMs);
  }
}

/** The pid of the living process that holds the lock. */
export async function findLockHolder(dataDir: string, name: string): Promise<number | undefined> {
  const found = await readLock(await lockPath(dataDir, name));
  return found === undefined ? undefined : livingHolder(found);
}

async function lockPath(dataDir: string, name: string): Promise<string> {
  const directory = join(dataDir, 'locks');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return join(directory, `${name}.lock`);
}

async function readLock(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

function livingHolder(content: string): number | undefined {
  try {
    const { pid, startTime } = JSON.parse(content);
    return typeof pid === 'number' && findProcessStartTime(pid) === startTime ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Removes a leftover and nothing else. Between reading and removing, somebody may have removed it first and taken the lock:
 * so the file is moved aside, which only one can do, and put back when it turns out to be another.
 */
async function removeLeftover(path: string, leftover: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== leftover) await link(aside, path);
    await unlink(aside);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

async function releaseLock(path: string, content: string): Promise<void> {
  if ((await readLock(path)) === content) await unlink(path);
}
