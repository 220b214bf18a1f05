import { invalidParameters, type MoveFolderRequest, type OperationStarted } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import { requireFolder } from '../folders/folder-path.ts';
import { filesOf, type OperationsDeps, startOperation } from './start-operation.ts';

/**
 * Gives a folder another path: its files, those below it, and its kept folders. A user moves their own files, an admin all. The
 * folder at the new path may have files already. Files in the trash stay, and so do files that come later.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/invalid-folder`; `common/invalid-parameters` when one
 * of the folders lies in the other
 */
export async function moveFolder(
  deps: OperationsDeps,
  caller: Caller,
  { from, to }: MoveFolderRequest,
): Promise<OperationStarted> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  // The root holds every folder; as a path of none it is refused.
  requireFolder(from || '/', deps.limits.maxNameBytes);
  requireFolder(to || '/', deps.limits.maxNameBytes);
  if (holds(from, to) || holds(to, from)) {
    throw invalidParameters([{ field: 'to', message: 'must neither lie in the folder nor hold it' }]);
  }
  return startOperation(deps, caller, {
    task: { kind: 'move-folder', folder: from, destination: to },
    ...filesOf(caller),
  });
}

function holds(folder: string, other: string): boolean {
  return `${other}/`.startsWith(`${folder}/`);
}
