import type { ListPartsAnswer, ListPartsQuery } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import type { UploadsDeps } from '../deps.ts';
import { requireUploadKey, uploadNotFound } from '../file-key.ts';
import { getMultipart } from './get-multipart.ts';

/**
 * Every part that has arrived, so that a client can resume.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/invalid-path`, `file/upload-not-found`,
 * `file/access-denied`
 */
export async function listParts(
  deps: Pick<UploadsDeps, 'uploads' | 'objects' | 'clock' | 'limits'>,
  caller: Caller,
  query: ListPartsQuery,
): Promise<ListPartsAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  requireUploadKey(query.key, { tenant: caller.tenant, maxKeyBytes: deps.limits.maxKeyBytes });
  const { key, multipartId } = await getMultipart(deps, caller, query);
  const parts = await deps.objects.listParts({ key, multipartId });
  if (parts === undefined) throw uploadNotFound();
  return { parts: parts.map(({ partNumber, etag, sizeBytes }) => ({ partNumber, etag, size: sizeBytes })) };
}
