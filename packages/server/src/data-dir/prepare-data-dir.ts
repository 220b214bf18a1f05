import type { Dirent } from 'node:fs';
import { access, constants, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Creates the data directory where it is missing, for its owner alone, and checks that it can be written and that no named pipe
 * or device is in place of its files.
 * @throws an error with a sentence for the operator
 */
export async function prepareDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The data directory ${path} (BKEND_DATA_DIR) cannot be written to: ${reason}`, {
      cause: error,
    });
  }
  await refuseSpecialFiles(path);
}

/** Directories of a data directory in which files are opened by fixed names at a start. */
const startDirectories = ['.', 'locks', 'objects', 'objects/index', 'postgres', 'postgres/cluster'];

/**
 * Refuses named pipes and devices in place of the files of a data directory. Opening one would wait for its other end, and the
 * start with it (fifo(7)).
 * @throws an error with a sentence for the operator, naming the file
 */
async function refuseSpecialFiles(dataDir: string): Promise<void> {
  await Promise.all(startDirectories.map((name) => refuseIn(join(dataDir, name))));
}

async function refuseIn(directory: string): Promise<void> {
  for (const entry of await listEntries(directory)) {
    const kind = kindOf(entry);
    if (kind !== undefined) {
      throw new Error(
        `${join(directory, entry.name)} is a ${kind}, not a regular file. Remove it, or restore the file from a copy.`,
      );
    }
  }
}

/** A directory that does not exist yet, or that another user keeps closed, has nothing that this start opens. */
async function listEntries(directory: string): Promise<readonly Dirent[]> {
  return await readdir(directory, { withFileTypes: true }).catch(() => []);
}

function kindOf(entry: Dirent): string | undefined {
  if (entry.isFIFO()) return 'named pipe';
  if (entry.isCharacterDevice()) return 'character device';
  return entry.isBlockDevice() ? 'block device' : undefined;
}

/** Entries by which a data directory is known; the first start makes at least one of them before anything else. */
const ownEntries = ['locks', 'objects', 'postgres', 'secrets.json', 'token-master'];

/**
 * Finds out whether a directory is a data directory. An empty one has been made for it.
 * @returns `foreign` where it has other files only
 */
export async function findDataDir(path: string): Promise<'found' | 'missing' | 'foreign'> {
  try {
    const entries = await readdir(path);
    return entries.length === 0 || entries.some((name) => ownEntries.includes(name)) ? 'found' : 'foreign';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Any other error is reported by what reads the directory next.
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'found';
  }
}
