import type { InitMultipartAnswer, InitMultipartRequest } from '@bkend/storage-contract';
import { getManageableFile } from '../../files/get-file.ts';
import { normaliseMimeType } from '../../files/mime-type.ts';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import type { UploadsDeps } from '../deps.ts';
import { fileIdOf } from '../file-key.ts';
import { planUpload } from '../plan-upload.ts';
import { beginUpload } from '../quotas.ts';
import { nextLookAt } from '../register-unattended.ts';
import { planParts } from './plan-parts.ts';

/**
 * Opens a multipart upload of a new file or, with `fileId`, of new contents of a file. The store is asked first: when the process dies before the row is written, the reconciler finds
 * a multipart upload without a row and aborts it.
 * @returns upload id and key, and the recommended size and number of parts
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/upload-init-failed`,
 * `file/too-many-open-uploads`, `file/quota-exceeded`, `file/not-found` and `file/access-denied` with `fileId`, and what `planUpload` refuses
 */
export async function initMultipart(
  deps: Pick<
    UploadsDeps,
    'files' | 'uploads' | 'openUploads' | 'quotas' | 'objects' | 'clock' | 'newId' | 'limits' | 'findSettings'
  >,
  caller: Caller,
  request: InitMultipartRequest,
): Promise<InitMultipartAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const { fileId } = request;
  const contentsOf = fileId === undefined ? undefined : await getManageableFile(deps, caller, fileId);
  const settings = await deps.findSettings(caller.tenant);
  const upload = planUpload(deps, caller, { request, way: 'multipart', settings, contentsOf });

  const { key, contentType } = upload;
  let multipartId = '';
  await beginUpload(deps, { upload, settings, contentsOf }, async () => {
    multipartId = await deps.objects.createMultipart({ key, contentType: normaliseMimeType(contentType) });
    const registersItself = upload.lookAt !== undefined;
    const lookAt = nextLookAt({ ...upload, multipartId }, upload.createdAt);
    await deps.uploads.insert({ ...upload, multipartId, ...(registersItself && { lookAt }) });
  });
  const { partSizeBytes, partCount } = planParts(request.fileSize, deps.limits);
  return {
    uploadId: multipartId,
    key,
    fileId: contentsOf?.id ?? fileIdOf(key),
    filename: request.filename,
    partSize: partSizeBytes,
    partCount,
    expiresAt: upload.expiresAt.toISOString(),
  };
}
