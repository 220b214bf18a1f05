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
  const fill = async (buffer: Buffer<ArrayBuffer>, start: number) => {
    for (let filled = 0; filled < buffer.length; ) {
      const left = buffer.length - filled;
      const { bytesRead } = await handle.read(buffer, filled, left, start + filled).catch(refuse);
      if (bytesRead === 0) throw sourceChanged();
      filled += bytesRead;
    }
    return buffer;
  };
  return {
    name: basename(absolute),
    size,
    identity: `${absolute} ${size} ${mtimeMs} ${ino}`,
    read: (start, end) => ({
      size: end - start,
      async *stream() {
        // The same memory for all chunks: the next is asked for when the one before has left. New memory for each costs as
        // much as sending it.
        const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, end - start));
        for (let position = start; position < end; position += chunkBytes)
          yield fill(buffer.subarray(0, Math.min(chunkBytes, end - position)), position);
      },
      arrayBuffer: async () => (await fill(Buffer.allocUnsafeSlow(end - start), start)).buffer,
    }),
    async verify() {
      const now = await handle.stat();
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw sourceChanged();
    },
    close: () => handle.close(),
  };
}
