import { StorageError } from '@bkend/storage-contract';
import type { FilesDeps } from './deps.ts';
import type { Upload } from './file.ts';
import { copyKeyOf, pendingKeyOf } from './file-key.ts';
import { normaliseMimeType } from './mime-type.ts';
import type { ObjectInfo } from './object-store.ts';

/** Registered bytes: what is recorded of them is what the store says of this object, which is never written to again. */
export interface SealedBytes {
  readonly objectKey: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

/** How often a PUT may come between the look at the bytes and their copy before the client is asked to come again. */
const maxLooks = 5;

/** Where the bytes of an upload arrive. */
export function landingKeyOf(upload: Upload): string {
  return upload.isPending ? pendingKeyOf(upload.key) : upload.key;
}

/**
 * Puts the bytes of an upload where nothing a client holds reaches them: those of a single PUT are copied, within the store;
 * those of a multipart upload are, once completed, out of reach of its part URLs. At most one HEAD and one copy, unless
 * the bytes change meanwhile; where the store says what it has copied, the copy alone.
 * @param steps.check throws when these are not the bytes that were announced
 * @param steps.copying is called before a copy is begun: from then on there may be one
 * @throws `file/upload-incomplete` when the bytes are not there, and what `check` throws
 */
export async function sealUpload(
  { objects }: Pick<FilesDeps, 'objects'>,
  { upload, attempt }: { readonly upload: Upload; readonly attempt: string },
  steps: { check(object: Pick<ObjectInfo, 'sizeBytes'>): void; copying(): void },
): Promise<SealedBytes> {
  const from = landingKeyOf(upload);
  const objectKey = copyKeyOf(upload.key, attempt);
  const contentType = normaliseMimeType(upload.contentType);
  if (upload.multipartId === undefined && objects.copyUnseen !== undefined) {
    steps.copying();
    const copy = await objects.copyUnseen({ from, to: objectKey, contentType });
    if (copy === undefined) throw uploadIncomplete();
    steps.check(copy);
    return { objectKey, ...copy };
  }
  for (let look = 1; look <= maxLooks; look += 1) {
    const found = await objects.head(from);
    if (found === undefined) throw uploadIncomplete();
    steps.check(found);
    if (upload.multipartId !== undefined) return { objectKey: from, ...found };

    steps.copying();
    const copy = await objects.copy({ from, to: objectKey, contentType, source: found });
    if (copy === 'source-changed') continue;
    steps.check(copy);
    return { objectKey, ...copy };
  }
  throw new StorageError('common/unavailable', 'These bytes are being written all the time; try again.');
}

function uploadIncomplete(): StorageError {
  return new StorageError(
    'file/upload-incomplete',
    'The bytes are not in storage yet: PUT them (or complete the multipart upload), then register.',
  );
}
