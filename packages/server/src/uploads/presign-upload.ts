import {
  type Bucket,
  invalidParameters,
  type PresignContentsRequest,
  type PresignUploadAnswer,
  type PresignUploadRequest,
  type PresignUploadsAnswer,
  type PresignUploadsRequest,
} from '@bkend/storage-contract';
import { answerEach } from '../files/answer-each.ts';
import type { File } from '../files/file.ts';
import { getManageableFile } from '../files/get-file.ts';
import { type Admin, type Caller, requireScope, requireSignedIn, type User } from '../identity/caller.ts';
import type { UploadsDeps } from './deps.ts';
import { fileIdOf } from './file-key.ts';
import { planUpload } from './plan-upload.ts';
import { beginUpload } from './quotas.ts';
import { arrivalKeyOf } from './seal-upload.ts';
import type { Upload } from './upload.ts';

type Deps = Pick<
  UploadsDeps,
  | 'uploads'
  | 'openUploads'
  | 'quotas'
  | 'objects'
  | 'clock'
  | 'newId'
  | 'limits'
  | 'findSettings'
  | 'hasOlderProcesses'
>;

/**
 * Gives the caller a key and signs a PUT of pending bytes. The row is committed before the URL is answered, so that bytes
 * never arrive without a row.
 * @param request.fileSize bytes; part of the signature when it is given
 * @returns the target of the PUT, valid until `expiresAt`
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/invalid-parameters` where a size must be
 * announced, `file/too-many-open-uploads`, `file/quota-exceeded`, and what `planUpload` refuses
 */
export async function presignUpload(
  deps: Deps,
  caller: Caller,
  request: PresignUploadRequest,
): Promise<PresignUploadAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  return presignPut(deps, caller, { request });
}

/**
 * As {@link presignUpload}, for new contents of a file, which stays as it is until `PUT /v1/files/:fileId/content`. The key
 * registers no file.
 * @throws as {@link presignUpload}, and `file/not-found`, `file/access-denied`
 */
export async function presignContents(
  deps: Deps & Pick<UploadsDeps, 'files'>,
  caller: Caller,
  { fileId, request }: { fileId: string; request: PresignContentsRequest },
): Promise<PresignUploadAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const file = await getManageableFile(deps, caller, fileId);
  const { filename = file.originalName } = request;
  return presignPut(deps, caller, { request: { ...request, filename }, contentsOf: file });
}

/**
 * Signs the PUT of an upload for a caller who may upload: the one way in which single uploads begin.
 * @param input.contentsOf a file that is to get these contents, in place of a new file
 * @param input.bucket bucket of the file, where it is not the usual one
 * @throws as {@link presignUpload}, but for what it throws of the caller
 */
export async function presignPut(
  deps: Deps,
  caller: User | Admin,
  { request, contentsOf, bucket }: { request: PresignUploadRequest; contentsOf?: File; bucket?: Bucket },
): Promise<PresignUploadAnswer> {
  const settings = await deps.findSettings(caller.tenant);
  if (settings['uploads.requireFileSize'] && request.fileSize === undefined) {
    throw invalidParameters([{ field: 'fileSize', message: 'must be announced in this environment' }]);
  }
  const planned = planUpload(deps, caller, { request, way: 'single', settings, contentsOf });
  const { uploadUrlLifeSeconds } = deps.limits;
  const urlEndsAt = new Date(planned.createdAt.getTime() + uploadUrlLifeSeconds * 1000);
  // Older processes read the bytes of a new file at its key; they know nothing of new contents.
  const isPending = contentsOf !== undefined || !deps.hasOlderProcesses();
  const upload: Upload = {
    ...planned,
    ...(bucket !== undefined && { announced: { ...planned.announced, bucket } }),
    isPending,
    urlEndsAt,
  };

  const { key, contentType, sizeBytes } = upload;
  const [url] = await Promise.all([
    deps.objects.presignPut({
      key: arrivalKeyOf(upload),
      contentType,
      ...(sizeBytes !== undefined && { sizeBytes }),
      expiresInSeconds: uploadUrlLifeSeconds,
    }),
    beginUpload(deps, { upload, settings, contentsOf }, () => deps.uploads.insert(upload)),
  ]);
  return {
    url,
    key,
    fileId: contentsOf?.id ?? fileIdOf(key),
    filename: request.filename,
    contentType,
    method: 'PUT',
    headers: { 'Content-Type': contentType },
    expiresAt: urlEndsAt.toISOString(),
  };
}

/**
 * Presigns many uploads, each as `presignUpload` does; a refused one does not keep the others. Their rows are inserted by one
 * statement, since the repository merges concurrent insertions.
 * @param request.check throws the refusal of a request that is malformed
 * @returns an upload or an error for each request, in order
 * @throws `common/authentication-required`, `auth/scope-insufficient`
 */
export async function presignUploads(
  deps: UploadsDeps,
  caller: Caller,
  { files, check }: PresignUploadsRequest & { readonly check: (file: unknown) => void },
): Promise<PresignUploadsAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const uploads = await answerEach(files, { atOnce: files.length, check }, (file) =>
    presignUpload(deps, caller, file),
  );
  return { uploads };
}
