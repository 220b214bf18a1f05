import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { UsageError } from '../usage-error.ts';

export interface LocalFile {
  readonly path: string;
  /** From the folder that was named, with `/`. */
  readonly name: string;
  readonly sizeBytes: number;
}

export interface Selection {
  readonly recursive: boolean;
  /** Globs over `name`; of several, one must match. None: everything. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/**
 * The files under these paths, in the order of their names.
 * @throws UsageError for a path that is not there, and for a folder without `recursive`
 */
export async function findLocalFiles(
  paths: readonly string[],
  { recursive, include, exclude }: Selection,
): Promise<LocalFile[]> {
  const found: LocalFile[] = [];
  for (const path of paths) {
    const info = await stat(path).catch(() => {
      throw new UsageError(`There is no file ${path}.`);
    });
    if (info.isFile()) found.push({ path, name: basename(path), sizeBytes: info.size });
    else if (!recursive)
      throw new UsageError(`${path} is a folder: say --recursive to upload what is in it.`);
    else found.push(...(await filesIn(path)));
  }
  const isIncluded = matcher(include);
  const isExcluded = matcher(exclude);
  return found.filter(({ name }) => (include.length === 0 || isIncluded(name)) && !isExcluded(name));
}

async function filesIn(folder: string): Promise<LocalFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (path) => ({
      path,
      name: relative(folder, path).split(sep).join('/'),
      sizeBytes: (await stat(path)).size,
    })),
  );
}

/** `*` is any text within a folder's name, `**` across folders, `?` one character; without `/`, the last name decides. */
function matcher(globs: readonly string[]): (name: string) => boolean {
  const patterns = globs.map((glob) => {
    const source = glob.replace(/\*\*\/?|[*?]|[\\^$.|+()[\]{}]/g, (found) => {
      if (found.startsWith('**')) return '.*';
      if (found === '*') return '[^/]*';
      return found === '?' ? '[^/]' : `\\${found}`;
    });
    return new RegExp(glob.includes('/') ? `^${source}$` : `(^|/)${source}$`);
  });
  return (name) => patterns.some((pattern) => pattern.test(name));
}
