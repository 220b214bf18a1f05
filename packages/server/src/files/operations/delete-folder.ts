import type { OperationStarted } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import { requireFolder } from '../folders/folder-path.ts';
import { filesOf, type OperationsDeps, startOperation } from './start-operation.ts';

/**
 * Deletes a folder: its files and those below it, for good or into the trash, and its kept folders. A user deletes their own
 * files, an admin all. Files that are in the trash already stay there; files that come later stay, too.
 * @param input.trash whether the files go into the trash
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/invalid-folder`, also for the root
 */
export async function deleteFolder(
  deps: OperationsDeps,
  caller: Caller,
  { path, trash = false }: { readonly path: string; readonly trash?: boolean | undefined },
): Promise<OperationStarted> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  requireFolder(path || '/', deps.limits.maxNameBytes);
  return startOperation(deps, caller, {
    task: { kind: trash ? 'trash-folder' : 'delete-folder', folder: path },
    ...filesOf(caller),
  });
}
