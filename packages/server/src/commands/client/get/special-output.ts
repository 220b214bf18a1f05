import { constants, createWriteStream, fstatSync, openSync, type Stats } from 'node:fs';
import { connect, Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { WriteError } from './write-error.ts';

const readerPollMs = 50;

/** A descriptor that this process was started with. @throws WriteError where there is none of that number */
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
 * A device, a named pipe or a UNIX socket, to be written to as it is. Of a pipe that nothing reads yet, a reader is awaited.
 * @param info of what is at `path`
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

/** Without blocking: an open that waits for a reader would hold a thread, and the end of the process, until one comes. */
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
