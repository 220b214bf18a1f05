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
  const readAt = async (start: number, end: number) => {
    const buffer = Buffer.allocUnsafeSlow(end - start);
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
        for (let position = start; position < end; position += chunkBytes)
          yield readAt(position, Math.min(position + chunkBytes, end));
      },
      arrayBuffer: async () => (await readAt(start, end)).buffer,
    }),
    async verify() {
      const now = await handle.stat();
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw sourceChanged();
    },
    close: () => handle.close(),
  };
}
