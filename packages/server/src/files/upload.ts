import type { InitMultipartRequest } from '@bkend/storage-contract';
import type { Admin, Caller, User } from '../identity/caller.ts';
import { accessDenied, canManage } from './access.ts';
import type { FilesDeps } from './deps.ts';
import type { Owner, Upload } from './file.ts';
import { makeFileKey, uploadNotFound } from './file-key.ts';
import { requireFileName } from './file-name.ts';
import { requireFileSize } from './file-size.ts';
import { defaultCategoryOf, requireMimeType, requireTypeOfCategory } from './mime-type.ts';
import type { SizeRange } from './size-range.ts';

type UploadRequest = Omit<InitMultipartRequest, 'fileSize'> & { fileSize?: number };

/** Whose an upload of this caller's will be: a user's own, or, for a secret key alone, the key's. */
export function ownerFor(caller: User | Admin): Owner {
  return caller.userId === undefined
    ? { ownerId: caller.keyId, ownerType: 'service' }
    : { ownerId: caller.userId, ownerType: 'user' };
}

/**
 * A new upload with its key, from a request that passes every rule.
 * @throws `file/invalid-name`, `file/original-name-too-long`, `file/invalid-format`, `file/mime-type-too-long`,
 * `file/size-negative`, `file/file-too-small`, `file/file-too-large`
 */
export function planUpload(
  deps: Pick<FilesDeps, 'clock' | 'newId' | 'limits'>,
  caller: User | Admin,
  { request, sizes }: { request: UploadRequest; sizes: SizeRange },
): Upload {
  const { limits } = deps;
  requireFileName(request.filename, limits.maxNameBytes);
  requireMimeType(request.contentType, limits.maxMimeTypeBytes);
  if (request.fileSize !== undefined) requireFileSize(request.fileSize, sizes);
  const category = request.category ?? defaultCategoryOf(request.contentType);
  requireTypeOfCategory(request.contentType, category);

  const at = deps.clock();
  const { tenant } = caller;
  return {
    ...ownerFor(caller),
    tenant,
    key: makeFileKey({ tenant, category, id: deps.newId(), filename: request.filename, at }),
    contentType: request.contentType,
    ...(request.fileSize !== undefined && { sizeBytes: request.fileSize }),
    visibility: request.visibility ?? 'private',
    category,
    aborted: false,
    isPending: false,
    createdAt: at,
    expiresAt: new Date(at.getTime() + limits.unregisteredUploadLifeSeconds * 1000),
  };
}

/**
 * Lets an upload pass that is still open and the caller's to go on with.
 * @throws `file/upload-not-found`, `file/access-denied`
 */
export function requireOpenUpload(
  caller: Caller,
  upload: Upload | undefined,
  at: Date,
): asserts upload is Upload {
  if (upload === undefined) throw uploadNotFound();
  if (!canManage(caller, upload)) throw accessDenied();
  if (upload.aborted || upload.expiresAt <= at) throw uploadNotFound();
}

/** An open multipart upload of the caller's, under the id it was given. Throws as {@link requireOpenUpload} does. */
export async function getMultipart(
  deps: Pick<FilesDeps, 'uploads' | 'clock'>,
  caller: Caller,
  { key, uploadId }: { key: string; uploadId: string },
): Promise<Upload & { multipartId: string }> {
  const upload = await deps.uploads.find(caller.tenant, key);
  requireOpenUpload(caller, upload, deps.clock());
  if (upload.multipartId !== uploadId) throw uploadNotFound();
  return { ...upload, multipartId: uploadId };
}
