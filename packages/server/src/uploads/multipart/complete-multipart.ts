import {
  type CompleteMultipartAnswer,
  type CompleteMultipartRequest,
  maxPartNumber,
  StorageError,
} from '@bkend/storage-contract';
import { accessDenied, canManage } from '../../files/access.ts';
import type { UploadedPart } from '../../files/object-store.ts';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import { checkedBytesOf, requireContent } from '../content-check/require-content.ts';
import type { UploadsDeps } from '../deps.ts';
import { requireUploadKey, splitUploadKey, uploadNotFound } from '../file-key.ts';
import { requireFileSize, type SizeRange, sizeRangeOf } from '../file-size.ts';
import { findStarted } from '../seal-upload.ts';
import { requireOpenUpload, type Upload } from '../upload.ts';
import { requireAnnouncedSize } from './hold-parts.ts';
import { requirePartNumber } from './presign-parts.ts';

interface Deps extends Pick<UploadsDeps, 'clock' | 'limits' | 'findSettings'> {
  readonly uploads: Pick<UploadsDeps['uploads'], 'find' | 'refuse' | 'lookNow'>;
  readonly files: Pick<UploadsDeps['files'], 'findByBaseKey'>;
  readonly versions: Pick<UploadsDeps['versions'], 'find'>;
  readonly objects: Pick<
    UploadsDeps['objects'],
    'location' | 'completeMultipart' | 'head' | 'headWithFirstBytes'
  >;
}

/**
 * Completes a multipart upload. Repeating it gives the same answer, also when the first answer was lost and when the file
 * has been registered since. A total size that is not allowed, and content of another kind than announced, end the upload, whose
 * bytes are purged.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/invalid-parts-array`,
 * `file/invalid-part-number-range`, `file/invalid-path`, `file/upload-not-found`, `file/access-denied`,
 * `file/file-too-large`, `file/file-too-small`, `file/size-mismatch` when the parts together are larger than announced,
 * `file/content-mismatch`
 */
export async function completeMultipart(
  deps: Deps,
  caller: Caller,
  { key, uploadId, parts }: CompleteMultipartRequest,
): Promise<CompleteMultipartAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  requireParts(parts);
  requireUploadKey(key, { tenant: caller.tenant, maxKeyBytes: deps.limits.maxKeyBytes });
  const answer = { key, location: deps.objects.location(key) };

  const upload = await deps.uploads.find(caller.tenant, key);
  if (upload === undefined) {
    const { fileKey, versionId } = splitUploadKey(key);
    const file = await deps.files.findByBaseKey(caller.tenant, fileKey);
    if (file === undefined) throw uploadNotFound();
    if (!canManage(caller, file)) throw accessDenied();
    const isContents = versionId === undefined || versionId === file.versionId;
    if (!isContents && (await deps.versions.find(file, versionId)) === undefined) throw uploadNotFound();
    return answer;
  }
  requireOpenUpload(caller, upload, deps.clock());
  if (upload.multipartId !== uploadId) throw uploadNotFound();

  // Before and after: a process that dies in between leaves the upload to be registered by itself.
  const lookNow = async () => {
    if (upload.lookAt !== undefined) await deps.uploads.lookNow(upload.tenant, key, deps.clock());
  };
  await lookNow();
  await deps.objects.completeMultipart({ key, multipartId: uploadId, parts });
  const settings = await deps.findSettings(caller.tenant);
  const firstBytes = checkedBytesOf(settings, upload.contentType);
  const object = await findStarted(deps.objects, key, firstBytes);
  if (object === undefined) throw uploadNotFound();
  const sizes = sizeRangeOf('multipart', deps.limits, settings);
  try {
    requireAllowedSize(upload, object.sizeBytes, sizes);
    if (firstBytes > 0) await requireContent(upload.contentType, object.firstBytes);
  } catch (error) {
    if (error instanceof StorageError) await deps.uploads.refuse(upload.tenant, upload.key, error);
    throw error;
  }
  await lookNow();
  return answer;
}

/** Parts have no limit of their own. @throws `file/file-too-large`, `file/file-too-small`, `file/size-mismatch` */
function requireAllowedSize(upload: Upload, sizeBytes: number, sizes: SizeRange): void {
  requireFileSize(sizeBytes, sizes);
  requireAnnouncedSize(upload, sizeBytes);
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
