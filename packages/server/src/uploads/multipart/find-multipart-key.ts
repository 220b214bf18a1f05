import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import type { UploadsDeps } from '../deps.ts';
import { uploadNotFound } from '../file-key.ts';

/**
 * The key of a multipart upload of which a request names the id alone.
 * @param request.key the key, where the request names it as well
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/upload-not-found`
 */
export async function findMultipartKey(
  deps: { readonly uploads: Pick<UploadsDeps['uploads'], 'findMultipart'> },
  caller: Caller,
  { uploadId, key }: { readonly uploadId: string; readonly key?: string },
): Promise<string> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const found = key ?? (await deps.uploads.findMultipart(caller.tenant, uploadId))?.key;
  if (found === undefined) throw uploadNotFound();
  return found;
}
