import type { AbortMultipartAnswer, AbortMultipartRequest } from '@bkend/storage-contract';
import { accessDenied, canManage } from '../../files/access.ts';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import type { UploadsDeps } from '../deps.ts';
import { requireUploadKey, uploadNotFound } from '../file-key.ts';

/**
 * Aborts a multipart upload and frees its parts. The row stays, marked, until the upload would have expired: so repeating
 * it gives the same answer, and a part that arrives late is purged.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/invalid-path`, `file/upload-not-found`,
 * `file/access-denied`
 */
export async function abortMultipart(
  deps: Pick<UploadsDeps, 'uploads' | 'objects' | 'limits'>,
  caller: Caller,
  { key, uploadId }: AbortMultipartRequest,
): Promise<AbortMultipartAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  requireUploadKey(key, { tenant: caller.tenant, maxKeyBytes: deps.limits.maxKeyBytes });
  const upload = await deps.uploads.find(caller.tenant, key);
  if (upload === undefined) throw uploadNotFound();
  if (!canManage(caller, upload)) throw accessDenied();
  if (upload.multipartId !== uploadId) throw uploadNotFound();

  await deps.uploads.abort(caller.tenant, key);
  await deps.objects.abortMultipart({ key, multipartId: uploadId });
  return { success: true, key };
}
