import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { numberedName } from './safe-name.ts';

/**
 * Gives a finished file its name: the first of `name`, `name (1)`, `name (2)` … that nothing has, found and taken in one step.
 * @param draft in the same folder
 * @param options.force puts it in the place of a regular file of that name; never of a link, a device or a folder
 * @returns the path it has now
 */
export async function placeFile(
  draft: string,
  { directory, name, force }: { readonly directory: string; readonly name: string; readonly force: boolean },
): Promise<string> {
  const wanted = join(directory, name);
  if (force && (await isRegularFile(wanted))) {
    await rename(draft, wanted);
    return wanted;
  }
  for (let number = 0; ; number++) {
    const path = join(directory, numberedName(name, number));
    if (await takeName(draft, path)) return path;
  }
}

async function isRegularFile(path: string): Promise<boolean> {
  const info = await lstat(path).catch(() => undefined);
  return info?.isFile() ?? false;
}

/** @returns false where the name is taken */
async function takeName(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path);
    await rm(draft, { force: true });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    // A file system without hard links, such as FAT; where anything else is wrong, reserving the name says so.
    return reserveName(draft, path);
  }
}

async function reserveName(draft: string, path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  await rename(draft, path);
  return true;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
