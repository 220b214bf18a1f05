import { type FileView, StorageError } from '@bkend/storage-contract';
import { canManage, fileNotFound } from '../files/access.ts';
import { isFileId } from '../files/file.ts';
import { getManageableFile } from '../files/get-file.ts';
import { viewFile } from '../files/view-file.ts';
import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import type { UploadsDeps } from './deps.ts';
import { announcedFile, registerBytes } from './register-bytes.ts';

/**
 * Registers an upload with what was announced when its URL was asked for. Repeating it answers the file as it is.
 * @param fileId `fileId` of the answer that gave the upload's URL
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`,
 * `file/upload-incomplete`, `file/upload-not-found`, `file/file-too-large`, `file/file-too-small`,
 * `file/policy-violation`
 */
export async function completeUpload(
  deps: Pick<UploadsDeps, 'files' | 'uploads' | 'objects' | 'clock' | 'limits' | 'findSettings' | 'imageUrl'>,
  caller: Caller,
  fileId: string,
): Promise<FileView> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  if (!isFileId(fileId)) throw fileNotFound();
  const { tenant } = caller;
  const id = fileId.toLowerCase();
  const upload = await deps.uploads.findByFileId(tenant, id);
  if (upload !== undefined) {
    try {
      const settings = await deps.findSettings(tenant);
      const asked = announcedFile(upload);
      return viewFile(deps, caller, await registerBytes(deps, caller, { key: upload.key, asked, settings }));
    } catch (error) {
      // Another request may have registered it meanwhile; an aborted or expired upload has no file.
      if (!(error instanceof StorageError) || error.code !== 'file/upload-not-found') throw error;
      const file = await deps.files.find(tenant, id);
      if (file === undefined || !canManage(caller, file)) throw error;
      return viewFile(deps, caller, file);
    }
  }
  return viewFile(deps, caller, await getManageableFile(deps, caller, id));
}
