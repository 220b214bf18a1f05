import { randomUUID } from 'node:crypto';
import { readFile, readlink, rename, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFileOnce } from './create-file-once.ts';
import { isAlive, livenessPath, openLivenessSocket } from './liveness-socket.ts';
import { ensureOwnDirectory } from './own-files.ts';
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
 * Takes a lock of a directory. A symbolic link names the holder; the lock of a process that no longer runs, killed or
 * lost with the power, is taken over at once. A process is recognised by its pid and start time, and one in another
 * container by its liveness socket.
 * @param options.waitMs how long to wait for a living holder; not at all when absent
 * @throws LockHeldError
 */
export async function acquireLock(
  dataDir: string,
  name: string,
  options: { readonly waitMs?: number } = {},
): Promise<Lock> {
  const path = await lockPath(dataDir, name);
  const deadline = performance.now() + (options.waitMs ?? 0);
  for (;;) {
    const found = await readLock(path);
    if (found === undefined) {
      const lock = await takeFree(path);
      if (lock !== undefined) return lock;
      continue;
    }
    const holder = await livingHolder(path, found);
    if (holder === undefined) await removeLeftover(path, found);
    else if (performance.now() >= deadline) throw new LockHeldError(name, holder);
    else await sleep(pollMs);
  }
}

/** Resolves when no living process holds the lock, or after `waitMs`. */
export async function waitForRelease(dataDir: string, name: string, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  while ((await findLockHolder(dataDir, name)) !== undefined && performance.now() < deadline) {
    await sleep(pollMs);
  }
}

/** The pid of the living process that holds the lock. */
export async function findLockHolder(dataDir: string, name: string): Promise<number | undefined> {
  const path = await lockPath(dataDir, name);
  const found = await readLock(path);
  return found === undefined ? undefined : await livingHolder(path, found);
}

/** @returns undefined when another process took it first */
async function takeFree(path: string): Promise<Lock | undefined> {
  const life = await openLivenessSocket(dirname(path));
  const content = `${process.pid} ${life?.name ?? '-'} ${findProcessStartTime(process.pid)}`;
  if (!(await createLock(path, content))) {
    await life?.end();
    return undefined;
  }
  return {
    async release() {
      if ((await readLock(path)) === content) await unlink(path);
      await life?.end();
    },
  };
}

async function lockPath(dataDir: string, name: string): Promise<string> {
  const directory = join(dataDir, 'locks');
  await ensureOwnDirectory(directory);
  return join(directory, `${name}.lock`);
}

/**
 * A symbolic link keeps a short text beside its name, so that a lock can be taken on a full disk too. Where there are none,
 * a file does.
 */
async function createLock(path: string, content: string): Promise<boolean> {
  try {
    await symlink(content, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    return await createFileOnce(path, content);
  }
}

async function readLock(path: string): Promise<string | undefined> {
  try {
    return await readlink(path).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT')) throw error;
      return readFile(path, 'utf8');
    });
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Reads the holder out of a lock; undefined when the text is no lock. */
function parseLock(
  content: string,
): { pid: number; sign: string | undefined; startTime: string } | undefined {
  const [, pid, sign, startTime] = /^(\d+) (-|[0-9a-f]{8}) (.+)$/s.exec(content) ?? [];
  if (sign === undefined || startTime === undefined) return undefined;
  return { pid: Number(pid), sign: sign === '-' ? undefined : sign, startTime };
}

/** Its pid, which in another container is another process here. */
async function livingHolder(path: string, content: string): Promise<number | undefined> {
  const holder = parseLock(content);
  if (holder === undefined) return undefined;
  const { pid, sign, startTime } = holder;
  if (findProcessStartTime(pid) === startTime) return pid;
  return sign !== undefined && (await isAlive(dirname(path), sign)) ? pid : undefined;
}

/**
 * Removes a leftover lock and nothing else. Between reading and removing, another process may have removed it and taken the lock:
 * so the file is moved aside, which only one can do, and put back when it turns out to be another.
 */
async function removeLeftover(path: string, leftover: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    const moved = await readLock(aside);
    if (moved !== undefined && moved !== leftover) await createLock(path, moved);
    await unlink(aside);
    const sign = parseLock(leftover)?.sign;
    if (sign !== undefined) await unlink(livenessPath(dirname(path), sign));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
