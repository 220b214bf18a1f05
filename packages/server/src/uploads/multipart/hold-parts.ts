import { StorageError } from '@bkend/storage-contract';
import type { UploadsDeps } from '../deps.ts';
import type { Upload } from '../upload.ts';

/** An open upload in parts. */
export type OpenMultipart = Upload & { readonly multipartId: string };

/**
 * Ends an open upload whose parts are larger together than was announced, and has them purged. The embedded store refuses such
 * parts itself; on any other this is what bounds them.
 * @returns the refusal, which the event `upload.refused` names; undefined for an upload that may go on, or has ended meanwhile
 * @throws `common/unavailable`
 */
export async function holdParts(
  deps: {
    readonly uploads: Pick<UploadsDeps['uploads'], 'refuse'>;
    readonly objects: Pick<UploadsDeps['objects'], 'listParts'>;
  },
  upload: OpenMultipart,
): Promise<StorageError | undefined> {
  const parts = (await deps.objects.listParts(upload)) ?? [];
  try {
    requireAnnouncedSize(
      upload,
      parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    );
    return undefined;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    await deps.uploads.refuse(upload.tenant, upload.key, error);
    return error;
  }
}

/** Parts together must not exceed the announced size. @throws `file/size-mismatch` */
export function requireAnnouncedSize(upload: Upload, sizeBytes: number): void {
  if (upload.sizeBytes === undefined || sizeBytes <= upload.sizeBytes) return;
  throw new StorageError(
    'file/size-mismatch',
    `The upload was announced with ${upload.sizeBytes} bytes, and its parts have ${sizeBytes}.`,
    { details: { size: upload.sizeBytes, storedSize: sizeBytes } },
  );
}
