import type { FolderView } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import { ownerFor } from '../access.ts';
import type { FilesDeps } from '../deps.ts';
import { nameOf, parentOf, requireFolder } from './folder-path.ts';
import { viewFolder } from './list-folders.ts';

/**
 * Keeps a folder while it is empty: the caller and admins see it whatever files it has. Keeping it again is the same.
 * @returns the folder, as the caller sees it
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/invalid-folder`
 */
export async function keepFolder(
  deps: Pick<FilesDeps, 'folders' | 'clock' | 'limits'>,
  caller: Caller,
  path: string,
): Promise<FolderView> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  // The root is there without being kept: its path is refused as that of no folder.
  requireFolder(path || '/', deps.limits.maxNameBytes);
  await deps.folders.keep(caller, { path, owner: ownerFor(caller), at: deps.clock() });
  const request = { parent: parentOf(path), from: nameOf(path), mine: false, trash: false, limit: 1 };
  const [folder] = await deps.folders.list(caller, request);
  return viewFolder(folder?.path === path ? folder : { path, files: 0, bytes: 0, hasChildren: false });
}
