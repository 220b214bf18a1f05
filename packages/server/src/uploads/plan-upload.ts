import type { InitMultipartRequest } from '@bkend/storage-contract';
import { ownerFor } from '../files/access.ts';
import type { File } from '../files/file.ts';
import { requireFileName } from '../files/file-name.ts';
import { requireFolder } from '../files/folders/folder-path.ts';
import { defaultCategoryOf, requireMimeType, requireTypeOfCategory } from '../files/mime-type.ts';
import type { Admin, User } from '../identity/caller.ts';
import type { UploadsDeps } from './deps.ts';
import { baseKeyOf, contentsKeyOf, makeFileKey } from './file-key.ts';
import { requireFileSize, type SizeRange } from './file-size.ts';
import type { Upload } from './upload.ts';

type UploadRequest = Omit<InitMultipartRequest, 'fileSize' | 'fileId'> & { fileSize?: number };

/**
 * Validates a request for an upload and makes the upload, with its key.
 * @param input.sizes the sizes allowed here, in bytes
 * @param input.contentsOf a file that is to get these contents, in place of a new file; its category stays
 * @throws `file/invalid-name`, `file/original-name-too-long`, `file/invalid-folder`, `file/invalid-format`,
 * `file/mime-type-too-long`, `file/size-negative`, `file/file-too-small`, `file/file-too-large`
 */
export function planUpload(
  deps: Pick<UploadsDeps, 'clock' | 'newId' | 'limits'>,
  caller: User | Admin,
  { request, sizes, contentsOf }: { request: UploadRequest; sizes: SizeRange; contentsOf?: File | undefined },
): Upload {
  const { limits } = deps;
  requireFileName(request.filename, limits.maxNameBytes);
  const { folder = '' } = request;
  requireFolder(folder, limits.maxNameBytes);
  requireMimeType(request.contentType, limits.maxMimeTypeBytes);
  if (request.fileSize !== undefined) requireFileSize(request.fileSize, sizes);
  const category = contentsOf?.category ?? request.category ?? defaultCategoryOf(request.contentType);
  requireTypeOfCategory(request.contentType, category);

  const at = deps.clock();
  const { tenant } = caller;
  const id = deps.newId();
  const key =
    contentsOf === undefined
      ? makeFileKey({ tenant, category, id, filename: request.filename, at })
      : contentsKeyOf(baseKeyOf(contentsOf), id);
  return {
    ...ownerFor(caller),
    tenant,
    key,
    contentType: request.contentType,
    originalName: request.filename,
    ...(request.fileSize !== undefined && { sizeBytes: request.fileSize }),
    folder: contentsOf?.folder ?? folder,
    visibility: contentsOf?.visibility ?? request.visibility ?? 'private',
    category,
    aborted: false,
    isPending: false,
    createdAt: at,
    expiresAt: new Date(at.getTime() + limits.unregisteredUploadLifeSeconds * 1000),
  };
}
