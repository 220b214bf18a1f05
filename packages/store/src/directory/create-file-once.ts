import { link, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory, writeTemporaryFile } from './own-files.ts';

/**
 * Creates a file that only its owner may read, whole or not at all, unless there is one already.
 * A hard link fails when its name is taken (link(2)), so of several processes exactly one creates it.
 * @returns whether this call created it
 */
export async function createFileOnce(path: string, content: string): Promise<boolean> {
  const temporary = await writeTemporaryFile(path, content);
  try {
    await link(temporary, path);
    await syncDirectory(dirname(path));
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
