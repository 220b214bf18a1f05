import { StorageError } from '@bkend/storage-contract';
import type { Admin, Caller, User } from '../identity/caller.ts';
import type { File, Owner } from './file.ts';

/**
 * The access rules of one file (`docs/http-api.md`, Access). `postgres/listing/visible-sources.ts` has the same rules in SQL, for lists; a
 * property test holds the two equal.
 */

type Owned = Pick<File, 'tenant' | 'ownerId' | 'ownerType'>;
type Accessible = Owned & Pick<File, 'visibility' | 'sharedWith' | 'deletedAt' | 'scan'>;

/** The owner of what this caller uploads: a user's own, or, for a secret key alone, the key's. */
export function ownerFor(caller: User | Admin): Owner {
  return caller.userId === undefined
    ? { ownerId: caller.keyId, ownerType: 'service' }
    : { ownerId: caller.userId, ownerType: 'user' };
}

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

/** Whether the caller may see the file's public fields; and, unless it is in the trash or not {@link isServed}, read its bytes. */
export function canRead(caller: Caller, file: Accessible): boolean {
  if (caller.tenant !== file.tenant) return false;
  if (canManage(caller, file)) return true;
  if (file.deletedAt !== undefined || !isServed(file)) return false;
  if (file.visibility === 'public') return true;
  if (caller.kind !== 'user') return false;
  if (file.visibility === 'protected') return true;
  return file.visibility === 'shared' && file.sharedWith.includes(caller.userId);
}

/**
 * @throws `file/not-found` when there is no such file in the caller's tenant, or one in the trash of another owner;
 * `file/access-denied` when it is not for this caller
 */
export function requireReadable(caller: Caller, file: File | undefined): asserts file is File {
  if (file === undefined || isHidden(caller, file)) throw fileNotFound();
  if (!canRead(caller, file)) throw accessDenied();
}

/** @throws `file/not-found`, `file/access-denied` as {@link requireReadable} does, for owners and admins only */
export function requireManageable(caller: Caller, file: File | undefined): asserts file is File {
  if (file === undefined || isHidden(caller, file)) throw fileNotFound();
  if (!canManage(caller, file)) throw accessDenied();
}

/**
 * Whether the bytes of the file may leave, for any caller: they do not wait for a scan. The rule of every door that gives bytes, or a
 * URL of them; in SQL it is the stored visibility `unscanned`.
 */
export function isServed(file: Pick<File, 'scan'>): boolean {
  return file.scan !== 'pending';
}

/** For those who may manage the file; for others it is 404 until then. @throws `file/scan-pending` */
export function requireServed(file: Pick<File, 'scan'>): void {
  if (!isServed(file)) throw scanPending();
}

export function scanPending(): StorageError {
  return new StorageError('file/scan-pending', 'These bytes are not scanned yet; ask again.', {
    details: { retryAfterSeconds: 2 },
  });
}

/**
 * Whether the file is 404 for this caller: those of other tenants, and those of other owners in the trash or before their scan,
 * whatever their visibility.
 */
function isHidden(caller: Caller, file: Owned & Pick<File, 'deletedAt' | 'scan'>): boolean {
  if (file.tenant !== caller.tenant) return true;
  return (file.deletedAt !== undefined || !isServed(file)) && !canManage(caller, file);
}

export function fileNotFound(): StorageError {
  return new StorageError('file/not-found', 'There is no such file.');
}

export function accessDenied(): StorageError {
  return new StorageError('file/access-denied', 'This file is not for this caller.');
}
