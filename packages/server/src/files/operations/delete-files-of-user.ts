import { invalidParameters, type OperationStarted, StorageError } from '@bkend/storage-contract';
import { type Caller, isUserId, requireScope, requireSignedIn } from '../../identity/caller.ts';
import { type OperationsDeps, startOperation } from './start-operation.ts';

/**
 * Deletes all files of a user for good, those in the trash as well, with their versions and kept folders. Open uploads and files
 * that are registered later stay, and `sharedWith` of other owners' files goes on naming the user.
 * @throws `common/authentication-required`, `auth/scope-insufficient`; `user/forbidden` for all but admins;
 * `common/invalid-parameters` when it can be no user's id
 */
export async function deleteFilesOfUser(
  deps: OperationsDeps,
  caller: Caller,
  userId: string,
): Promise<OperationStarted> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  if (caller.kind !== 'admin') {
    throw new StorageError('user/forbidden', 'The files of a user are deleted by admins only.');
  }
  if (!isUserId(userId)) throw invalidParameters([{ field: 'userId', message: 'must be the id of a user' }]);
  return startOperation(deps, caller, {
    task: { kind: 'delete-all' },
    owner: { ownerId: userId, ownerType: 'user' },
  });
}
