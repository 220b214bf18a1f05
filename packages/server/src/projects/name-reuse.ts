import { StorageError } from '@bkend/storage-contract';

/** Days after which the name of a deleted project or environment may be used again: its addresses live on in pages and apps. */
export const nameReuseDays = 30;

/** The refusal to create what is being deleted. */
export function beingDeleted(name: string): StorageError {
  return new StorageError('environment/deleting', `${name} is being deleted.`);
}

/** The refusal of a name that is not free yet. */
export function nameNotFree(name: string, deletedAt: Date): StorageError {
  const freeAt = new Date(deletedAt.getTime() + nameReuseDays * 24 * 60 * 60 * 1000);
  return new StorageError(
    'environment/deleting',
    `${name} was deleted, and its name is free again on ${freeAt.toISOString().slice(0, 10)}.`,
    { details: { freeAt: freeAt.toISOString() } },
  );
}
