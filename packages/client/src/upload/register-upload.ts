import type { StorageError } from '../storage-error.ts';
import type { Api } from '../transport/api.ts';
import type { StoredFile } from '../wire.ts';
import type { PreparedUpload, SentUpload } from './upload-context.ts';

/** Makes a file of an upload whose bytes are in storage, or gives a file its contents. */
export function registerUpload(
  api: Api,
  { description, announcement, replaces }: Pick<PreparedUpload, 'description' | 'announcement' | 'replaces'>,
  { key, size }: Pick<SentUpload, 'key' | 'size'>,
): Promise<StoredFile> {
  const { filename: originalName, contentType: mimeType } = announcement;
  if (replaces) {
    const { width, height } = description;
    const { fileId, ifMatch } = replaces;
    return api<StoredFile>({
      method: 'PUT',
      path: `/files/${encodeURIComponent(fileId)}/content`,
      body: { uploadKey: key, size, mimeType, width, height },
      ...(ifMatch && { headers: { 'If-Match': `"${ifMatch}"` } }),
    });
  }
  return registerFile(api, { ...description, s3Key: key, originalName, mimeType, size });
}

/** Registers; when the API answers that the key is registered, an earlier answer was lost: resolves with that file. */
export function registerFile(api: Api, body: object): Promise<StoredFile> {
  return api<StoredFile>({ path: '/files', body }).catch((error: StorageError) => {
    const { fileId } = error.details;
    if (!fileId) throw error;
    return api<StoredFile>({ path: `/files/${fileId}` });
  });
}
