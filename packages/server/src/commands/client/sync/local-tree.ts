import { stat } from 'node:fs/promises';
import { UsageError } from '../../command-errors.ts';
import { findLocalFiles, type LocalFiles } from '../local-files/find-local-files.ts';
import type { HashedFile } from '../local-files/hash-files.ts';
import type { NameFilter } from '../local-files/name-filter.ts';

/** A file below the folder, with the path that opens it. */
export type LocalFileEntry = HashedFile;

export interface LocalTree {
  readonly files: readonly LocalFileEntry[];
  /** Entries that cannot be read, or are no files. */
  readonly skipped: LocalFiles['skipped'];
}

/**
 * Reads the tree below a folder. Links to files are followed.
 * @param followLinks also folders behind links, never in a loop
 * @throws UsageError where the folder does not exist
 */
export async function readLocalTree(
  directory: string,
  filter: NameFilter,
  followLinks: boolean,
): Promise<LocalTree> {
  if (!(await isFolder(directory))) throw new UsageError(`There is no folder ${directory}.`);
  // Its own name is not a name in the folder.
  const found = await findLocalFiles([`${directory}/.`], { recursive: true, followLinks, filter });
  const files = found.files.flatMap(({ path, name, stats }) =>
    stats ? [{ path: name, diskPath: path, ...stats }] : [],
  );
  return { files, skipped: found.skipped };
}

export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
