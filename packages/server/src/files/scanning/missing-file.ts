import { StorageError } from '@bkend/storage-contract';
import type { Caller } from '../../identity/caller.ts';
import { canManage, fileNotFound } from '../access.ts';
import { isFileId } from '../file.ts';
import type { FileRepository } from '../ports.ts';

/**
 * Finds out why there is no file of this id: for 7 days its owner and admins learn that a scanner has refused it.
 * @returns `file/content-refused` or `file/not-found`
 */
export async function missingFile(
  deps: { readonly files: Pick<FileRepository, 'findRefused'> },
  caller: Caller,
  fileId: string,
): Promise<StorageError> {
  const { tenant } = caller;
  if (caller.kind === 'guest' || !isFileId(fileId)) return fileNotFound();
  const refused = await deps.files.findRefused(tenant, fileId);
  const isOfCaller = refused !== undefined && canManage(caller, { tenant, ...refused });
  return isOfCaller ? contentRefused(refused.reason) : fileNotFound();
}

/** @param reason the scanner's words */
export function contentRefused(reason: string): StorageError {
  return new StorageError('file/content-refused', `A scanner refused these bytes: ${reason}.`, {
    details: { reason },
  });
}
