import { invalidParameters } from '@bkend/storage-contract';
import { isFileName } from '../file-name.ts';

/** The name of a page's last folder, as opaque text. */
export function writeFolderCursor(name: string): string {
  return Buffer.from(name).toString('base64url');
}

/**
 * Reads a cursor of folders.
 * @throws `common/invalid-parameters` when it is not one of these cursors
 */
export function readFolderCursor(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  if (isFileName(name) && writeFolderCursor(name) === cursor) return name;
  throw invalidParameters([{ field: 'cursor', message: 'must be nextCursor of a list of folders' }]);
}
