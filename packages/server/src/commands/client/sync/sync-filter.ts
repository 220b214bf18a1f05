import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../command-errors.ts';
import { createNameFilter, type NameFilter, readPatterns } from '../local-files/name-filter.ts';

export interface FilterOptions {
  /** Patterns as in a `.gitignore`. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** Files of such patterns. */
  readonly excludeFrom?: readonly string[];
}

/** The filter of a sync, for local and stored paths alike. */
export interface SyncFilter extends NameFilter {
  /** Paths that have been left out by the default patterns alone. */
  readonly leftOutByDefault: ReadonlySet<string>;
}

/** Repositories, secrets, and drafts of downloads. A later pattern with `!` takes them back in. */
const defaultPatterns = ['.git', '.env*', '.bkend-*.part'];
const ignoreFile = '.bkendignore';

/**
 * Reads the filter of a sync: the default patterns, then those of `.bkendignore` in the folder, of `--exclude-from` and of
 * `--exclude`; the last that matches decides.
 * @throws UsageError for a file of patterns that cannot be read
 */
export async function readSyncFilter(directory: string, options: FilterOptions): Promise<SyncFilter> {
  const { include = [], exclude = [], excludeFrom = [] } = options;
  const files = await Promise.all([
    readIgnoreFile(join(directory, ignoreFile)),
    ...excludeFrom.map((path) => readFile(path, 'utf8').catch(cannotRead(path))),
  ]);
  const patterns = [...files.flatMap(readPatterns), ...exclude];
  const chosen = createNameFilter(include, patterns);
  const all = createNameFilter(include, [...defaultPatterns, ...patterns]);
  const leftOutByDefault = new Set<string>();
  return {
    leftOutByDefault,
    isWanted(path) {
      const isWanted = all.isWanted(path);
      if (!isWanted && chosen.isWanted(path)) leftOutByDefault.add(outermost(path, all));
      return isWanted;
    },
    isExcludedFolder(path) {
      const isExcluded = all.isExcludedFolder(path);
      if (isExcluded && !chosen.isExcludedFolder(path)) leftOutByDefault.add(outermost(path, all));
      return isExcluded;
    },
  };
}

/** The outermost folder that excludes a path, else the path. */
function outermost(path: string, filter: NameFilter): string {
  const segments = path.split('/');
  const folders = segments.map((_, index) => segments.slice(0, index + 1).join('/'));
  return folders.slice(0, -1).find((folder) => filter.isExcludedFolder(folder)) ?? path;
}

function readIgnoreFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return '';
    return cannotRead(path)(error);
  });
}

function cannotRead(path: string) {
  return ({ message }: Error): never => {
    throw new UsageError(`The patterns of ${path} cannot be read: ${message}.`);
  };
}
