import { type FileView, StorageError } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import { fileNotFound, requireManageable } from '../access.ts';
import type { FilesDeps } from '../deps.ts';
import { getManageableFile } from '../get-file.ts';
import { viewFile } from '../view-file.ts';
import { requireMatch } from './if-match.ts';

interface NamedVersion {
  readonly fileId: string;
  readonly versionId: string;
  /** The header `If-Match`. */
  readonly ifMatch?: string | undefined;
}

/**
 * Gives a file the contents of a version again, under a new version number; what it has now becomes a version. No bytes are
 * copied. Repeating it gives the same answer.
 * @returns the file
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`,
 * `file/version-not-found`, `file/version-conflict`
 */
export async function restoreVersion(
  deps: Pick<FilesDeps, 'files' | 'versions' | 'findSettings' | 'clock' | 'imageUrl'>,
  caller: Caller,
  { fileId, versionId, ifMatch }: NamedVersion,
): Promise<FileView> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const { tenant } = caller;
  const settings = await deps.findSettings(tenant);
  const { id } = await getManageableFile(deps, caller, fileId);
  const restoring = {
    ...{ tenant, id, versionId: versionId.toLowerCase() },
    ...{ keep: settings['versions.keep'], at: deps.clock() },
  };
  const file = await deps.versions.restore(restoring, (current) => {
    if (current.deletedAt !== undefined) throw fileNotFound();
    requireManageable(caller, current);
    requireMatch(current, ifMatch);
  });
  if (file === undefined) throw versionNotFound();
  return viewFile(deps, caller, file);
}

/**
 * Deletes a version; its bytes go soon after.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`,
 * `file/version-not-found`, `file/version-conflict`
 */
export async function deleteVersion(
  deps: Pick<FilesDeps, 'files' | 'versions'>,
  caller: Caller,
  { fileId, versionId, ifMatch }: NamedVersion,
): Promise<void> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const file = await getManageableFile(deps, caller, fileId);
  requireMatch(file, ifMatch);
  if (!(await deps.versions.remove(file, versionId))) throw versionNotFound();
}

export function versionNotFound(): StorageError {
  return new StorageError('file/version-not-found', 'The file has no such version.');
}
