import type { Stats } from 'node:fs';
import { chmod, link, lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { numberedName } from './safe-name.ts';

/** The files that a run has written, replaced or found complete, by device and inode. None of them is replaced by the same run. */
export type WrittenFiles = Set<string>;

/** The name that a complete download gets. */
export interface NameRequest {
  readonly directory: string;
  readonly name: string;
  /**
   * Whether an existing regular file of this name is replaced, with its mode kept. A link, a device or a folder never is.
   * Default: it is not.
   */
  mayReplace?(info: Stats): boolean;
  /** Shared by the downloads of one run, so that two stored files of one name do not replace each other. */
  readonly written?: WrittenFiles;
  /** Where the name is taken, and not replaced: `name (1)`, `name (2)` …, or a {@link NameTakenError}. */
  readonly ifTaken: 'number' | 'refuse';
}

/** Another file, or a link, a device or a folder, has the name. */
class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
}

/**
 * Renames a complete download. A free name is checked and taken in one step.
 * @param partialPath in the same folder
 * @returns the final path
 * @throws NameTakenError
 */
export async function assignFinalName(partialPath: string, request: NameRequest): Promise<string> {
  const { directory, name, mayReplace, written = new Set(), ifTaken } = request;
  const wanted = join(directory, name);
  written.add(identityOf(await lstat(partialPath)));
  const found = mayReplace && (await lstat(wanted).catch(() => undefined));
  if (found?.isFile() && !written.has(identityOf(found)) && mayReplace?.(found)) {
    // A concurrent download of this name comes too late from here on.
    written.add(identityOf(found));
    // A file system without modes refuses.
    await chmod(partialPath, found.mode & 0o777).catch(() => {});
    await rename(partialPath, wanted);
    return wanted;
  }
  for (let number = 0; ; number++) {
    const path = join(directory, numberedName(name, number));
    if (await takeName(partialPath, path)) return path;
    if (ifTaken === 'refuse') {
      throw new NameTakenError('Something else has this name here, or the file has changed meanwhile.');
    }
  }
}

/** Device and inode of a file. */
export function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/** @returns false where the name is taken */
async function takeName(partialPath: string, path: string): Promise<boolean> {
  try {
    await link(partialPath, path);
    await rm(partialPath, { force: true });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    // A file system without hard links, such as FAT; any other error shows when the name is reserved.
    return reserveName(partialPath, path);
  }
}

async function reserveName(partialPath: string, path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  await rename(partialPath, path);
  return true;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
