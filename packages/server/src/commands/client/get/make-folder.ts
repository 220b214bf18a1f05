import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../../command-errors.ts';
import { describeError } from '../report-failure.ts';

/**
 * Creates a folder and those above it. Not by Node's recursive `mkdir`, which tries without end where a parent exists and takes no
 * new folder, as `/proc`.
 * @param mode of new folders
 * @throws Error with the reason of the system
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  try {
    await make(path, mode);
  } catch (cause) {
    throw new Error(`Cannot create the folder ${path}: ${describeError(cause).message}.`);
  }
}

async function make(path: string, mode: number): Promise<void> {
  try {
    return await makeOne(path, mode);
  } catch (error) {
    const isParentMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isParentMissing || dirname(path) === path) throw error;
  }
  await make(dirname(path), mode);
  await makeOne(path, mode);
}

async function makeOne(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const info = await stat(path).catch(() => undefined);
    if (!info?.isDirectory()) throw error;
  }
}

/**
 * Requires that a path is a folder, or nothing yet.
 * @throws UsageError
 */
export async function requireFolderOrNothing(path: string): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (info && !info.isDirectory()) throw new UsageError(`${path} is not a folder.`);
}
