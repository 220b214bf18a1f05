import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Env } from '../../config/env.ts';
import type { RoleName } from '../../config/role-table.ts';
import { roleArgv } from './role-argv.ts';

const MiB = 1024 * 1024;

/** Libuv fixes the number of its threads at its start: two for each core that renditions are made on, and two for files. */
const threadsForImages = String(2 * availableParallelism() + 2);

/**
 * glibc keeps the memory of one rendition for the next. By default it returns blocks above 128 KiB to the kernel at once and gets
 * them back zeroed page by page: a twentieth of the work on an AVIF. Other C libraries ignore these variables.
 */
const memoryForImages = { MALLOC_MMAP_THRESHOLD_: String(8 * MiB), MALLOC_TRIM_THRESHOLD_: String(16 * MiB) };

/**
 * V8 collects no garbage in its old space below this many MiB. Memory outside the heap counts too, and with heaps as small as those
 * of the roles that move bytes, V8 would scan all of them for every second or third photograph that is read, and for every 60 MB
 * that are uploaded: a seventh of the work on an upload. An option of V8, not of Node: a version that does not know it does not
 * start.
 */
const heapForBytes = '--initial-old-space-size=128';
const movesBytes: ReadonlySet<RoleName> = new Set(['images', 'objects']);

/**
 * Starts the process of a role, with an IPC channel.
 * @param env the variables that the role reads; they win over those that are set here for the images role
 */
export function forkRole(name: RoleName, env: Env): ChildProcess {
  const [, entry = ''] = process.argv;
  const isImages = name === 'images';
  return fork(entry, roleArgv(name), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: isImages ? { UV_THREADPOOL_SIZE: threadsForImages, ...memoryForImages, ...env } : env,
    execArgv: movesBytes.has(name) ? [heapForBytes, ...process.execArgv] : process.execArgv,
  });
}
