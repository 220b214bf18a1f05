import type { StorageError } from './storage-error.ts';
import type { UploadRun } from './upload-run.ts';
import type { StoredFile } from './wire.ts';

/** Makes the bytes a file. That it is one already means that an earlier answer was lost. */
export function registerUpload(run: UploadRun, api = run.api): Promise<StoredFile> {
  const { description, announcement, place, source, storedBytes } = run;
  const { filename, contentType } = announcement;
  const size = source.size ?? storedBytes;
  const body = { ...description, s3Key: place?.key, originalName: filename, mimeType: contentType, size };
  return api<StoredFile>({ path: '/files', body }).catch((error: StorageError) => {
    const { fileId } = error.details;
    if (!fileId) throw error;
    return api<StoredFile>({ path: `/files/${fileId}` });
  });
}
