import type { OperationStarted } from '@bkend/storage-contract';
import type { Admin, User } from '../../identity/caller.ts';
import { ownerFor } from '../access.ts';
import type { FilesDeps } from '../deps.ts';
import type { Owner } from '../file.ts';
import type { NewOperation } from './operation-repository.ts';

/** Files that a statement changes and locks meanwhile, for some tenths of a second. */
export const operationBatchSize = 500;

export type OperationsDeps = Pick<FilesDeps, 'operations' | 'clock' | 'newId' | 'limits'>;

/**
 * Starts an operation and does its first batch, so that a small one has ended with the answer. A job does the rest. The id of a
 * request that is repeated while its operation runs is that of the operation.
 */
export async function startOperation(
  { operations, clock, newId }: OperationsDeps,
  caller: User | Admin,
  what: Pick<NewOperation, 'task' | 'owner'>,
): Promise<OperationStarted> {
  const operation = await operations.start({
    ...{ tenant: caller.tenant, id: newId(), starter: ownerFor(caller), createdAt: clock() },
    ...what,
  });
  // Recorded as it is, the job does what fails here.
  await operations.changeNext(operation, { at: clock(), limit: operationBatchSize }).catch(() => 0);
  return { operationId: operation.id };
}

/** Whose files a caller changes by folder: a user's own, and for admins those of all. */
export function filesOf(caller: User | Admin): { readonly owner?: Owner } {
  return caller.kind === 'admin' ? {} : { owner: ownerFor(caller) };
}
