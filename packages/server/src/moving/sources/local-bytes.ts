import { constants, createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { SourceBytes } from '../../uploads/import/import-entry.ts';

/** Bytes of a regular file, or of a link to one. Devices, pipes and sockets are refused, without waiting for them. */
export function localBytes(path: string): SourceBytes {
  return {
    name: path,
    async check() {
      await (await openRegular(path)).file.close();
    },
    async open() {
      const { file, sizeBytes } = await openRegular(path);
      return { body: createReadStream(path, { fd: file, autoClose: true }), sizeBytes };
    },
  };
}

async function openRegular(path: string): Promise<{ file: FileHandle; sizeBytes: number }> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  try {
    const info = await file.stat();
    if (!info.isFile()) throw new Error(`${path} is not a regular file.`);
    return { file, sizeBytes: info.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENXIO: 'it is a socket or a pipe',
  ELOOP: 'its links lead in a circle',
};

/** The error of a path that cannot be opened, with the reason in words. */
export function unreadable(path: string, cause: unknown): Error {
  return new Error(`${path} cannot be read: ${reasonOf(cause)}`, { cause });
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return reasons[code] ?? String(cause instanceof Error ? cause.message : cause);
}
