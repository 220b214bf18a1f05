import type { Caller } from '../../identity/caller.ts';
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
