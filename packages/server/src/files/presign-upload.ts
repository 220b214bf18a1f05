import type { PresignUploadAnswer, PresignUploadRequest } from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import type { FilesDeps } from './deps.ts';
import type { Upload } from './file.ts';
import { landingKeyOf } from './seal-upload.ts';
import { planUpload } from './upload.ts';

/**
 * Promises a key and signs a PUT of its bytes, to where they wait to be registered. The row is committed before the URL is
 * given away, so that bytes never arrive unannounced.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, and what `planUpload` refuses
 */
export async function presignUpload(
  deps: Pick<FilesDeps, 'uploads' | 'objects' | 'clock' | 'newId' | 'limits' | 'hasOlderProcesses'>,
  caller: Caller,
  request: PresignUploadRequest,
): Promise<PresignUploadAnswer> {
  requireUser(caller);
  requireScope(caller, 'files:write');
  const { maxSinglePutBytes, uploadUrlLifeSeconds } = deps.limits;
  const planned = planUpload(deps, caller, { request, maxBytes: maxSinglePutBytes });
  const urlEndsAt = new Date(planned.createdAt.getTime() + uploadUrlLifeSeconds * 1000);
  const upload: Upload = { ...planned, isPending: !deps.hasOlderProcesses(), urlEndsAt };

  const { key, contentType, sizeBytes } = upload;
  const [url] = await Promise.all([
    deps.objects.presignPut({
      key: landingKeyOf(upload),
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
    expiresAt: urlEndsAt.toISOString(),
  };
}
