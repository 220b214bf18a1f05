import {
  type FolderView,
  invalidParameters,
  type ListFoldersAnswer,
  type ListFoldersQuery,
} from '@bkend/storage-contract';
import { type Caller, requireScope } from '../../identity/caller.ts';
import type { FilesDeps } from '../deps.ts';
import { isFileName } from '../file-name.ts';
import { nameOf, requireFolder } from './folder-path.ts';
import type { Folder } from './folder-repository.ts';

/**
 * One page of the folders in a folder: those with files in or below them that the caller may see, and those that the caller
 * keeps; admins see all.
 * @throws `auth/scope-insufficient`, `file/invalid-folder`, `common/invalid-parameters`
 */
export async function listFolders(
  deps: Pick<FilesDeps, 'folders' | 'limits'>,
  caller: Caller,
  query: ListFoldersQuery,
): Promise<ListFoldersAnswer> {
  requireScope(caller, 'files:read');
  const { parent, mine = false, trash = false, limit, cursor } = query;
  requireFolder(parent, deps.limits.maxNameBytes);
  const found = await deps.folders.list(caller, {
    parent,
    mine,
    trash,
    limit: limit + 1,
    ...(cursor !== undefined && { behind: readFolderCursor(cursor) }),
  });
  const folders = found.slice(0, limit).map(viewFolder);
  const last = folders.at(-1);
  return {
    items: folders,
    ...(found.length > limit && last !== undefined && { nextCursor: writeFolderCursor(last.name) }),
  };
}

export function viewFolder({ path, files, bytes, hasChildren }: Folder): FolderView {
  return { path, name: nameOf(path), files, bytes, hasChildren };
}

/** The name of a page's last folder, as opaque text. */
function writeFolderCursor(name: string): string {
  return Buffer.from(name).toString('base64url');
}

/**
 * Reads a cursor of folders.
 * @throws `common/invalid-parameters` when it is not one of these cursors
 */
function readFolderCursor(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString();
  if (isFileName(name) && writeFolderCursor(name) === cursor) return name;
  throw invalidParameters([{ field: 'cursor', message: 'must be nextCursor of a list of folders' }]);
}
