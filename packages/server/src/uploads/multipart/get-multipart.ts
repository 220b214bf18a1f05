import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import type { UploadsDeps } from '../deps.ts';
import { uploadNotFound } from '../file-key.ts';
import { requireOpenUpload, type Upload } from '../upload.ts';

/** The caller's open multipart upload with this id. Throws as {@link requireOpenUpload} does. */
export async function getMultipart(
  deps: Pick<UploadsDeps, 'uploads' | 'clock'>,
  caller: Caller,
  { key, uploadId }: { key: string; uploadId: string },
): Promise<Upload & { multipartId: string }> {
  const upload = await deps.uploads.find(caller.tenant, key);
  requireOpenUpload(caller, upload, deps.clock());
  if (upload.multipartId !== uploadId) throw uploadNotFound();
  return { ...upload, multipartId: uploadId };
}

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
