import type { FileView } from '@bkend/storage-contract';
import { type Caller, requireScope } from '../identity/caller.ts';
import { requireManageable, requireReadable } from './access.ts';
import type { FilesDeps } from './deps.ts';
import { type File, isFileId } from './file.ts';
import { missingFile } from './scanning/missing-file.ts';
import { viewFile } from './view-file.ts';

/**
 * A file, in the fields that the caller may see; to its owner and to admins also one in the trash.
 * @throws `auth/scope-insufficient`, `file/not-found`, `file/access-denied`, `file/content-refused`
 */
export async function getFile(
  deps: Pick<FilesDeps, 'files' | 'imageUrl'>,
  caller: Caller,
  fileId: string,
): Promise<FileView> {
  requireScope(caller, 'files:read');
  const file = await find(deps, caller, fileId, 'findWithTrash');
  requireReadable(caller, file);
  return viewFile(deps, caller, file);
}

/** The record of a file that is not in the trash, for verbs that read it. Throws as {@link getFile}, but checks no scope. */
export async function getReadableFile(
  deps: Pick<FilesDeps, 'files'>,
  caller: Caller,
  fileId: string,
): Promise<File> {
  const file = await find(deps, caller, fileId, 'find');
  requireReadable(caller, file);
  return file;
}

/**
 * The record of a file that the caller may change, for verbs of its contents. It checks no scope.
 * @throws `file/not-found`, `file/access-denied`, `file/content-refused`
 */
export async function getManageableFile(
  deps: Pick<FilesDeps, 'files'>,
  caller: Caller,
  fileId: string,
): Promise<File> {
  const file = await find(deps, caller, fileId, 'find');
  requireManageable(caller, file);
  return file;
}

/** @throws `file/not-found`, `file/content-refused` */
async function find(
  deps: Pick<FilesDeps, 'files'>,
  caller: Caller,
  fileId: string,
  by: 'find' | 'findWithTrash',
): Promise<File> {
  const file = isFileId(fileId) ? await deps.files[by](caller.tenant, fileId) : undefined;
  return file ?? Promise.reject(await missingFile(deps, caller, fileId));
}
