import type { InitMultipartAnswer, InitMultipartRequest } from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import type { FilesDeps } from './deps.ts';
import { planParts } from './file-size.ts';
import { normaliseMimeType } from './mime-type.ts';
import { sizeRangeOf } from './size-range.ts';
import { planUpload } from './upload.ts';

/**
 * Opens a multipart upload and says how to cut the file. The store is asked first: should we die before the row is
 * written, the reconciler finds a multipart upload nobody answers for and aborts it.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/upload-init-failed`,
 * `file/too-many-open-uploads`, and what `planUpload` refuses
 */
export async function initMultipart(
  deps: Pick<
    FilesDeps,
    'uploads' | 'openUploads' | 'objects' | 'clock' | 'newId' | 'limits' | 'findSettings'
  >,
  caller: Caller,
  request: InitMultipartRequest,
): Promise<InitMultipartAnswer> {
  requireUser(caller);
  requireScope(caller, 'files:write');
  const settings = await deps.findSettings(caller.tenant);
  const sizes = sizeRangeOf('multipart', deps.limits, settings);
  const upload = planUpload(deps, caller, { request, sizes });

  const { key, contentType } = upload;
  let multipartId = '';
  await deps.openUploads.spend(upload, settings, async () => {
    multipartId = await deps.objects.createMultipart({ key, contentType: normaliseMimeType(contentType) });
    await deps.uploads.insert({ ...upload, multipartId });
  });
  const { partSizeBytes, partCount } = planParts(request.fileSize, deps.limits);
  return {
    uploadId: multipartId,
    key,
    filename: request.filename,
    partSize: partSizeBytes,
    partCount,
    expiresAt: upload.expiresAt.toISOString(),
  };
}
