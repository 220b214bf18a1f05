import type { StorageError } from '../storage-error.ts';
import type { Api } from '../transport/api.ts';
import { registerUpload } from './register-upload.ts';
import type { OpenUpload, PreparedUpload, UploadContext } from './upload-context.ts';

/** The stages that an upload has reached. */
export interface ReachedStages {
  readonly prepared?: PreparedUpload;
  readonly upload?: OpenUpload;
}

/**
 * Cleans up after a failure. An upload that was aborted, or that a retry cannot save, leaves neither parts nor a file. After
 * any other failure the parts stay, so that the upload can be resumed; the server removes abandoned ones within a day.
 */
export async function cleanUp(
  context: UploadContext,
  { prepared, upload }: ReachedStages,
  failure: StorageError,
): Promise<void> {
  if (!prepared) return;
  const { resume } = prepared;
  const { phase } = context.meter.now;
  // A file that could not be checked is not kept either.
  const isFinal = !failure.retryable || phase === 'checking';
  try {
    if (!upload || (!isFinal && (resume || upload.size !== undefined))) return;
    // Not under the upload's signal and gate, which may have aborted.
    const api: Api = (call) => context.api({ ...call, signal: undefined, gate: undefined, phase });
    await resume?.remove();
    await removeUpload(api, prepared, upload);
  } finally {
    resume?.release();
  }
}

async function removeUpload(
  api: Api,
  prepared: PreparedUpload,
  { key, uploadId, size }: OpenUpload,
): Promise<void> {
  try {
    // Contents that were replaced stay so: the file is not this upload's to delete.
    if (size !== undefined && !prepared.replaces) {
      const file = await registerUpload(api, prepared, { key, size });
      return await api({ method: 'DELETE', path: `/files/${file.id}` });
    }
  } catch {
    // It is no file. Aborting removes its parts; the server removes other bytes when the upload expires.
  }
  if (uploadId) {
    await api({ path: '/files/multipart/abort', body: { key, uploadId } }).catch(() => {});
  }
}
