import { StorageError } from '@bkend/storage-contract';
import type { Caller } from '../identity/caller.ts';
import type { File } from './file.ts';

/**
 * Who sees what: the contract's section 5. `postgres/visible-files.ts` says the same in SQL, for lists; a property test
 * holds the two equal.
 */

type Owned = Pick<File, 'tenant' | 'ownerId' | 'ownerType'>;
type Accessible = Owned & Pick<File, 'visibility' | 'sharedWith'>;

/**
 * Whether the file is this user's own. An owner is an id and a type: a service whose key has the id of a user is another
 * owner.
 */
function isOwn(caller: Caller, file: Owned): boolean {
  return caller.kind === 'user' && file.ownerType === 'user' && file.ownerId === caller.userId;
}

/** Whether the file is the caller's own, or the caller an admin: all fields, and every change. */
export function canManage(caller: Caller, file: Owned): boolean {
  if (caller.tenant !== file.tenant) return false;
  return caller.kind === 'admin' || isOwn(caller, file);
}

/** Whether the caller may see the file's public fields and read its bytes. */
export function canRead(caller: Caller, file: Accessible): boolean {
  if (caller.tenant !== file.tenant) return false;
  if (file.visibility === 'public' || canManage(caller, file)) return true;
  if (caller.kind !== 'user') return false;
  if (file.visibility === 'protected') return true;
  return file.visibility === 'shared' && file.sharedWith.includes(caller.userId);
}

/**
 * @throws `file/not-found` when there is no such file in the caller's tenant, `file/access-denied` when it is not for
 * this caller
 */
export function requireReadable(caller: Caller, file: File | undefined): asserts file is File {
  if (file === undefined || file.tenant !== caller.tenant) throw fileNotFound();
  if (!canRead(caller, file)) throw accessDenied();
}

/** @throws `file/not-found`, `file/access-denied` as {@link requireReadable} does, for owners and admins only */
export function requireManageable(caller: Caller, file: File | undefined): asserts file is File {
  if (file === undefined || file.tenant !== caller.tenant) throw fileNotFound();
  if (!canManage(caller, file)) throw accessDenied();
}

export function fileNotFound(): StorageError {
  return new StorageError('file/not-found', 'There is no such file.');
}

export function accessDenied(): StorageError {
  return new StorageError('file/access-denied', 'This file is not for this caller.');
}
