import { type OperationView, StorageError } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import { ownerFor } from '../access.ts';
import type { FilesDeps } from '../deps.ts';
import { isFileId } from '../file.ts';
import type { Operation } from './operation-repository.ts';

/**
 * How far an operation is, for its starter and for admins.
 * @throws `common/authentication-required`, `auth/scope-insufficient`; `file/operation-not-found`, also for everyone else
 */
export async function getOperation(
  deps: Pick<FilesDeps, 'operations'>,
  caller: Caller,
  id: string,
): Promise<OperationView> {
  requireSignedIn(caller);
  requireScope(caller, 'files:read');
  const operation = isFileId(id) ? await deps.operations.find(caller.tenant, id.toLowerCase()) : undefined;
  if (operation === undefined || !(caller.kind === 'admin' || isStarter(ownerFor(caller), operation))) {
    throw new StorageError('file/operation-not-found', 'There is no such operation.');
  }
  return viewOperation(operation);
}

function isStarter({ ownerId, ownerType }: Operation['starter'], { starter }: Operation): boolean {
  return starter.ownerId === ownerId && starter.ownerType === ownerType;
}

function viewOperation({ id, state, done, failed, total, createdAt }: Operation): OperationView {
  return { id, state, done, failed, total, createdAt: createdAt.toISOString() };
}
