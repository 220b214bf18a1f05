import type { FileView } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import { fileNotFound } from './access.ts';
import { askedFile, requireDone } from './asked-file.ts';
import type { FilesDeps } from './deps.ts';
import { isFileId } from './file.ts';
import { viewFile } from './view-file.ts';

/**
 * Restores a file from the trash, with its visibility and shares; a file that is not there stays as it is.
 * @param input.ifMatch the header `If-Match`
 * @returns the whole file
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`,
 * `file/version-conflict`
 */
export async function restoreFile(
  deps: Pick<FilesDeps, 'files' | 'imageUrl'>,
  caller: Caller,
  { fileId, ifMatch }: { readonly fileId: string; readonly ifMatch?: string | undefined },
): Promise<FileView> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const id = fileId.toLowerCase();
  if (!isFileId(id)) throw fileNotFound();
  const outcomes = await deps.files.restore(caller, askedFile(id, ifMatch));
  const file = await requireDone(deps, { caller, id }, outcomes.get(id));
  return viewFile(deps, caller, file);
}
