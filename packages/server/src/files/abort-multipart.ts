import type { AbortMultipartAnswer, AbortMultipartRequest } from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import { accessDenied, canManage } from './access.ts';
import type { FilesDeps } from './deps.ts';
import { requireFileKey, uploadNotFound } from './file-key.ts';

/**
 * Gives a multipart upload up and frees its parts. The row stays, marked, until the upload would have expired: that
 * makes asking again answer the same, and clears up a part that arrives late.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/invalid-path`, `file/upload-not-found`,
 * `file/access-denied`
 */
export async function abortMultipart(
  deps: Pick<FilesDeps, 'uploads' | 'objects' | 'limits'>,
  caller: Caller,
  { key, uploadId }: AbortMultipartRequest,
): Promise<AbortMultipartAnswer> {
  requireUser(caller);
  requireScope(caller, 'files:write');
  requireFileKey(key, { tenant: caller.tenant, maxKeyBytes: deps.limits.maxKeyBytes });
  const upload = await deps.uploads.find(caller.tenant, key);
  if (upload === undefined) throw uploadNotFound();
  if (!canManage(caller, upload)) throw accessDenied();
  if (upload.multipartId !== uploadId) throw uploadNotFound();

  await deps.uploads.abort(caller.tenant, key);
  await deps.objects.abortMultipart({ key, multipartId: uploadId });
  return { success: true, key };
}
