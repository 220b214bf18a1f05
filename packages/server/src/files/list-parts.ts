import type { ListPartsAnswer, ListPartsQuery } from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import type { FilesDeps } from './deps.ts';
import { requireFileKey, uploadNotFound } from './file-key.ts';
import { getMultipart } from './upload.ts';

/**
 * Every part that has arrived, so that a client can go on where it stopped.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/invalid-path`, `file/upload-not-found`,
 * `file/access-denied`
 */
export async function listParts(
  deps: Pick<FilesDeps, 'uploads' | 'objects' | 'clock' | 'limits'>,
  caller: Caller,
  query: ListPartsQuery,
): Promise<ListPartsAnswer> {
  requireUser(caller);
  requireScope(caller, 'files:write');
  requireFileKey(query.key, { tenant: caller.tenant, maxKeyBytes: deps.limits.maxKeyBytes });
  const { key, multipartId } = await getMultipart(deps, caller, query);
  const parts = await deps.objects.listParts({ key, multipartId });
  if (parts === undefined) throw uploadNotFound();
  return { parts: parts.map(({ partNumber, etag, sizeBytes }) => ({ partNumber, etag, size: sizeBytes })) };
}
