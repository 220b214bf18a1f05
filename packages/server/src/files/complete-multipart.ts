import {
  type CompleteMultipartAnswer,
  type CompleteMultipartRequest,
  maxPartNumber,
  StorageError,
} from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import { requireManageable } from './access.ts';
import type { FilesDeps } from './deps.ts';
import type { Upload } from './file.ts';
import { requireFileKey, uploadNotFound } from './file-key.ts';
import { requireFileSize } from './file-size.ts';
import type { UploadedPart } from './object-store.ts';
import { requirePartNumber } from './presign-parts.ts';
import { type SizeRange, sizeRangeOf } from './size-range.ts';
import { requireOpenUpload } from './upload.ts';

interface Deps extends Pick<FilesDeps, 'clock' | 'limits' | 'findSettings'> {
  readonly uploads: Pick<FilesDeps['uploads'], 'find' | 'refuse'>;
  readonly files: Pick<FilesDeps['files'], 'findByKey'>;
  readonly objects: Pick<FilesDeps['objects'], 'location' | 'completeMultipart' | 'head'>;
}

/**
 * Puts the parts together. Asking again gives the same answer, also when the first answer was lost and when the file
 * has been registered since. Parts of a size that is not allowed end the upload, and are purged.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/invalid-parts-array`,
 * `file/invalid-part-number-range`, `file/invalid-path`, `file/upload-not-found`, `file/access-denied`,
 * `file/file-too-large`, `file/file-too-small`, `file/size-mismatch` when the parts together are larger than announced
 */
export async function completeMultipart(
  deps: Deps,
  caller: Caller,
  { key, uploadId, parts }: CompleteMultipartRequest,
): Promise<CompleteMultipartAnswer> {
  requireUser(caller);
  requireScope(caller, 'files:write');
  requireParts(parts);
  requireFileKey(key, { tenant: caller.tenant, maxKeyBytes: deps.limits.maxKeyBytes });
  const answer = { key, location: deps.objects.location(key) };

  const upload = await deps.uploads.find(caller.tenant, key);
  if (upload === undefined) {
    const file = await deps.files.findByKey(caller.tenant, key);
    if (file === undefined) throw uploadNotFound();
    requireManageable(caller, file);
    return answer;
  }
  requireOpenUpload(caller, upload, deps.clock());
  if (upload.multipartId !== uploadId) throw uploadNotFound();

  await deps.objects.completeMultipart({ key, multipartId: uploadId, parts });
  const object = await deps.objects.head(key);
  if (object === undefined) throw uploadNotFound();
  const sizes = sizeRangeOf('multipart', deps.limits, await deps.findSettings(caller.tenant));
  try {
    requireAllowedSize(upload, object.sizeBytes, sizes);
  } catch (error) {
    await deps.uploads.refuse(upload.tenant, upload.key);
    throw error;
  }
  return answer;
}

/**
 * The parts of an upload have no limit of their own: together they are at most what was announced and allowed.
 * @throws `file/file-too-large`, `file/file-too-small`, `file/size-mismatch`
 */
function requireAllowedSize(upload: Upload, sizeBytes: number, sizes: SizeRange): void {
  requireFileSize(sizeBytes, sizes);
  if (upload.sizeBytes === undefined || sizeBytes <= upload.sizeBytes) return;
  throw new StorageError(
    'file/size-mismatch',
    `The upload was announced with ${upload.sizeBytes} bytes, and its parts have ${sizeBytes}.`,
    { details: { size: upload.sizeBytes, storedSize: sizeBytes } },
  );
}

/** S3 wants one or more parts, in ascending order (S3 API reference, CompleteMultipartUpload). */
function requireParts(parts: readonly UploadedPart[]): void {
  const refuse = (message: string) => new StorageError('file/invalid-parts-array', message);
  if (parts.length === 0) throw refuse('Name at least one part.');
  if (parts.length > maxPartNumber) throw refuse(`There are at most ${maxPartNumber} parts.`);
  let previous = 0;
  for (const { partNumber, etag } of parts) {
    requirePartNumber(partNumber);
    if (partNumber <= previous) throw refuse('Name the parts in ascending order, each once.');
    if (etag.trim() === '') throw refuse(`Part ${partNumber} has no etag: send what its PUT answered.`);
    previous = partNumber;
  }
}
