import type { InitMultipartAnswer, InitMultipartRequest, Limits } from '@bkend/storage-contract';
import { getManageableFile } from '../../files/get-file.ts';
import { normaliseMimeType } from '../../files/mime-type.ts';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import type { UploadsDeps } from '../deps.ts';
import { fileIdOf } from '../file-key.ts';
import { planUpload } from '../plan-upload.ts';
import { beginUpload } from '../quotas.ts';
import { nextLookAt } from '../register-unattended.ts';

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
    multipartId = await deps.objects.createMultipart({
      key,
      contentType: normaliseMimeType(contentType),
      maxBytes: request.fileSize,
    });
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

const mebibyte = 1024 * 1024;

/** The usual part size: small enough that resending a part costs little, large enough that syncing each part does. */
const usualPartBytes = 16 * mebibyte;
/** Larger parts are used where the usual size would make more parts than this; S3 allows 10,000. */
const maxUsualParts = 9_500;

/**
 * The size and number of parts: 16 MiB a part within the limits, or more where that would come near S3's 10,000 parts. Whole
 * mebibytes, where the limits are.
 */
export function planParts(
  sizeBytes: number,
  limits: Pick<Limits, 'minPartBytes' | 'maxPartBytes'>,
): { partSizeBytes: number; partCount: number } {
  const needed = Math.ceil(sizeBytes / maxUsualParts / mebibyte) * mebibyte;
  const wanted = Math.min(Math.max(usualPartBytes, limits.minPartBytes), limits.maxPartBytes);
  const partSizeBytes = Math.max(wanted, needed);
  return { partSizeBytes, partCount: Math.ceil(sizeBytes / partSizeBytes) };
}
