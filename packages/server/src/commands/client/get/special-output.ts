import { constants, createWriteStream, fstatSync, openSync, type Stats } from 'node:fs';
import { connect, Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { WriteError } from './fetch-bytes.ts';

const readerPollMs = 50;

/** Opens a descriptor that this process was started with. @throws WriteError where it is not open */
export function openDescriptor(descriptor: number): Writable {
  if (descriptor === 1) return process.stdout;
  if (descriptor === 2) return process.stderr;
  try {
    const info = fstatSync(descriptor);
    if (info.isFIFO() || info.isSocket()) {
      return new Socket({ fd: descriptor, readable: false, writable: true });
    }
    return createWriteStream('', { fd: descriptor });
  } catch (cause) {
    throw new WriteError(`Cannot write to descriptor ${descriptor}.`, { cause });
  }
}

/**
 * Opens a device, a named pipe or a UNIX socket for writing. Waits for a reader of the pipe.
 * @param info of `path`
 * @throws WriteError
 */
export async function openSpecial(path: string, info: Stats, signal: AbortSignal): Promise<Writable> {
  try {
    if (info.isSocket()) return connect(path);
    if (!info.isFIFO()) return createWriteStream('', { fd: openSync(path, constants.O_WRONLY) });
    const descriptor = await openPipe(path, signal);
    return new Socket({ fd: descriptor, readable: false, writable: true });
  } catch (cause) {
    throw new WriteError(`Cannot write to ${path}.`, { cause });
  }
}

/** Opens without blocking: an open that waits for a reader would keep a thread, and the process, until one comes. */
async function openPipe(path: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      // No reader yet (POSIX, open).
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    }
    await sleep(readerPollMs, undefined, { signal });
  }
}
