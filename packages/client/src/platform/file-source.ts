import { open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Source, sourceChanged } from '../source.ts';
import { StorageError } from '../storage-error.ts';

const chunkBytes = 256 * 1024;

const refuse = (cause: unknown) => {
  throw sourceChanged(cause);
};

/** A file on disk, read a stretch at a time. */
export async function openPath(path: string | URL): Promise<Source> {
  const absolute = resolve(path instanceof URL ? fileURLToPath(path) : path);
  const handle = await open(absolute).catch((cause: unknown) => {
    throw new StorageError('client/invalid-input', `Cannot read ${absolute}.`, { cause });
  });
  const { size, mtimeMs, ino } = await handle.stat();
  return {
    name: basename(absolute),
    size,
    identity: `${absolute} ${size} ${mtimeMs} ${ino}`,
    read: (start, end) => ({
      size: end - start,
      async *stream() {
        for (let position = start; position < end; ) {
          const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, end - position));
          const { bytesRead } = await handle.read(buffer, 0, buffer.length, position).catch(refuse);
          if (bytesRead === 0) throw sourceChanged();
          position += bytesRead;
          yield buffer.subarray(0, bytesRead);
        }
      },
    }),
    async verify() {
      const now = await handle.stat();
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw sourceChanged();
    },
    close: () => handle.close(),
  };
}
