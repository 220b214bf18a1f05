import type { Stats } from 'node:fs';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StorageError } from '../storage-error.ts';
import type { CallerWait } from '../transfer/with-stall-timeout.ts';
import { type Source, sourceChanged } from './source.ts';

const chunkBytes = 256 * 1024;
/** Up to 64 KiB are read at once: hashing and every try of sending them take them from memory. */
export const maxWholeBytes = 64 * 1024;

/**
 * Opens a local file, which is read a range at a time.
 * @throws `client/invalid-input` when it cannot be read or is no regular file
 */
export async function openPath(path: string | URL, wait: CallerWait): Promise<Source> {
  const absolute = absoluteOf(path);
  const opening = open(absolute, flags);
  const handle = await wait(
    opening.catch((cause: unknown) => {
      throw invalidPath('Cannot read', absolute, cause);
    }),
  ).catch((failure: unknown) => {
    void opening.then(close, () => {});
    throw failure;
  });
  const stats = await wait(handle.stat().then(requireFile)).catch((failure: unknown) => {
    close(handle);
    throw failure instanceof StorageError ? failure : invalidPath('There is no file at', absolute, failure);
  });
  const fill = async (buffer: Buffer<ArrayBuffer>, start: number) => {
    for (let filled = 0; filled < buffer.length; ) {
      const left = buffer.length - filled;
      const { bytesRead } = await handle.read(buffer, filled, left, start + filled).catch(throwChanged);
      if (bytesRead === 0) throw sourceChanged();
      filled += bytesRead;
    }
    return buffer;
  };
  return {
    ...describePath(absolute, stats),
    read(start, end) {
      if (end - start <= maxWholeBytes) return wait(fill(Buffer.allocUnsafeSlow(end - start), start));
      return {
        size: end - start,
        async *stream() {
          // One buffer for all chunks: the next is requested when the one before has been sent. Allocating one for each
          // costs as much as sending it.
          const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - start));
          for (let position = start; position < end; position += chunkBytes)
            yield fill(buffer.subarray(0, Math.min(chunkBytes, end - position)), position);
        },
        arrayBuffer: async () => (await fill(Buffer.allocUnsafeSlow(end - start), start)).buffer,
      };
    },
    async verify() {
      requireUnchanged(stats, await wait(handle.stat().catch(throwChanged)));
    },
    close: () => close(handle),
  };
}

export function absoluteOf(path: string | URL): string {
  return resolve(path instanceof URL ? fileURLToPath(path) : path);
}

export function describePath(absolute: string, { size, mtimeMs, ino }: Stats) {
  return { name: basename(absolute), size, identity: `${absolute} ${size} ${mtimeMs} ${ino}` };
}

export function invalidPath(why: string, absolute: string, cause: unknown): StorageError {
  return new StorageError('client/invalid-input', `${why} ${absolute}.`, { cause });
}

export function requireFile(stats: Stats): Stats {
  if (!stats.isFile()) throw new Error('It is a directory, a pipe or a device.');
  return stats;
}

export function requireUnchanged(before: Stats, now: Stats): void {
  if (now.size !== before.size || now.mtimeMs !== before.mtimeMs) throw sourceChanged();
}

/** Non-blocking: opening a pipe without a writer would block a thread. */
export const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

function throwChanged(cause: unknown): never {
  throw sourceChanged(cause);
}

function close(handle: FileHandle): void {
  handle.close().catch(() => {});
}
