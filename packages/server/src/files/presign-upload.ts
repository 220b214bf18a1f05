import type { PresignUploadAnswer, PresignUploadRequest } from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import type { FilesDeps } from './deps.ts';
import { planUpload } from './upload.ts';

/**
 * Promises a key and signs the one PUT that may fill it. The row is committed before the URL is given away, so that
 * bytes never arrive unannounced.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, and what `planUpload` refuses
 */
export async function presignUpload(
  deps: Pick<FilesDeps, 'uploads' | 'objects' | 'clock' | 'newId' | 'limits'>,
  caller: Caller,
  request: PresignUploadRequest,
): Promise<PresignUploadAnswer> {
  requireUser(caller);
  requireScope(caller, 'files:write');
  const { maxSinglePutBytes, uploadUrlLifeSeconds } = deps.limits;
  const upload = planUpload(deps, caller, { request, maxBytes: maxSinglePutBytes });

  const { key, contentType, sizeBytes } = upload;
  const [url] = await Promise.all([
    deps.objects.presignPut({
      key,
      contentType,
      ...(sizeBytes !== undefined && { sizeBytes }),
      expiresInSeconds: uploadUrlLifeSeconds,
    }),
    deps.uploads.insert(upload),
  ]);
  return {
    url,
    key,
    filename: request.filename,
    contentType,
    method: 'PUT',
    headers: { 'Content-Type': contentType },
    expiresAt: new Date(upload.createdAt.getTime() + uploadUrlLifeSeconds * 1000).toISOString(),
  };
}
