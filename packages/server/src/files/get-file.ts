import type { FileView } from '@bkend/storage-contract';
import { type Caller, requireScope } from '../identity/caller.ts';
import { requireReadable } from './access.ts';
import type { FilesDeps } from './deps.ts';
import type { File } from './file.ts';
import { isFileId } from './file-id.ts';
import { viewFile } from './view-file.ts';

/**
 * A file, as far as the caller may see it.
 * @throws `auth/scope-insufficient`, `file/not-found`, `file/access-denied`
 */
export async function getFile(
  deps: Pick<FilesDeps, 'files' | 'imageUrl'>,
  caller: Caller,
  fileId: string,
): Promise<FileView> {
  requireScope(caller, 'files:read');
  return viewFile(deps, caller, await getReadableFile(deps, caller, fileId));
}

/** The file itself, for verbs that read it. Throws as {@link getFile} does. */
export async function getReadableFile(
  deps: Pick<FilesDeps, 'files'>,
  caller: Caller,
  fileId: string,
): Promise<File> {
  const file = isFileId(fileId) ? await deps.files.find(caller.tenant, fileId) : undefined;
  requireReadable(caller, file);
  return file;
}
