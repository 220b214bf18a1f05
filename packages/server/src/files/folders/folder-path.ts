import { folderLimits, StorageError } from '@bkend/storage-contract';
import { isFileName } from '../file-name.ts';

/** The last name of a folder's path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The path without its last name; '' for a folder in the root. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/**
 * Refuses a text that cannot be a folder's path: names as of files, joined by `/`; '' is the root.
 * @param maxNameBytes of each name, in UTF-8
 * @throws `file/invalid-folder`
 */
export function requireFolder(folder: string, maxNameBytes: number): void {
  if (folder === '') return;
  const { bytes: maxBytes, depth: maxDepth } = folderLimits;
  const bytes = Buffer.byteLength(folder);
  const names = folder.split('/');
  const isPath = names.every((name) => isFileName(name) && Buffer.byteLength(name) <= maxNameBytes);
  if (isPath && bytes <= maxBytes && names.length <= maxDepth) return;
  throw new StorageError(
    'file/invalid-folder',
    `A folder is a path of names such as "trips/2026", of at most ${maxBytes} bytes of UTF-8 and ${maxDepth} names.`,
    { details: { maxBytes, bytes, maxDepth, depth: names.length } },
  );
}
