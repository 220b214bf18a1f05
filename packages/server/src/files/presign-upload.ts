import {
  invalidParameters,
  type PresignUploadAnswer,
  type PresignUploadRequest,
} from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import type { FilesDeps } from './deps.ts';
import type { Upload } from './file.ts';
import { landingKeyOf } from './seal-upload.ts';
import { sizeRangeOf } from './size-range.ts';
import { planUpload } from './upload.ts';

/**
 * Promises a key and signs a PUT of its bytes, to where they wait to be registered. The row is committed before the URL is
 * given away, so that bytes never arrive unannounced.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/invalid-parameters` where a size must be
 * announced, `file/too-many-open-uploads`, and what `planUpload` refuses
 */
export async function presignUpload(
  deps: Pick<
    FilesDeps,
    | 'uploads'
    | 'openUploads'
    | 'objects'
    | 'clock'
    | 'newId'
    | 'limits'
    | 'findSettings'
    | 'hasOlderProcesses'
  >,
  caller: Caller,
  request: PresignUploadRequest,
): Promise<PresignUploadAnswer> {
  requireUser(caller);
  requireScope(caller, 'files:write');
  const settings = await deps.findSettings(caller.tenant);
  if (settings['uploads.requireFileSize'] && request.fileSize === undefined) {
    throw invalidParameters([{ field: 'fileSize', message: 'must be announced in this environment' }]);
  }
  const sizes = sizeRangeOf('single', deps.limits, settings);
  const planned = planUpload(deps, caller, { request, sizes });
  const { uploadUrlLifeSeconds } = deps.limits;
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
    deps.openUploads.spend(upload, settings, () => deps.uploads.insert(upload)),
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
