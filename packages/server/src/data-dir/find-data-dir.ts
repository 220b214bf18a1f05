import { readdir } from 'node:fs/promises';

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
