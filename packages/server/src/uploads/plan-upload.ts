import type { InitMultipartRequest } from '@bkend/storage-contract';
import { ownerFor } from '../files/access.ts';
import type { File } from '../files/file.ts';
import { requireMetadata } from '../files/file-metadata.ts';
import { requireFileName } from '../files/file-name.ts';
import { requireFolder } from '../files/folders/folder-path.ts';
import { defaultCategoryOf, requireMimeType, requireTypeOfCategory } from '../files/mime-type.ts';
import { requirePolicy } from '../files/policy/require-policy.ts';
import { normaliseSharedWith } from '../files/shared-with.ts';
import type { Admin, User } from '../identity/caller.ts';
import type { EnvironmentSettings } from '../projects/settings-table.ts';
import type { UploadsDeps } from './deps.ts';
import { baseKeyOf, contentsKeyOf, makeFileKey } from './file-key.ts';
import { requireFileSize, sizeRangeOf } from './file-size.ts';
import { nextLookAt } from './register-unattended.ts';
import type { AnnouncedFields, Upload } from './upload.ts';

type UploadRequest = Omit<InitMultipartRequest, 'fileSize' | 'fileId'> & { fileSize?: number };

/**
 * Validates a request for an upload and makes the upload, with its key.
 * @param input.way how the bytes come; each has its own largest size
 * @param input.contentsOf a file that is to get these contents, in place of a new file; its category stays
 * @throws `file/invalid-name`, `file/original-name-too-long`, `file/invalid-folder`, `file/invalid-format`,
 * `file/mime-type-too-long`, `file/size-negative`, `file/file-too-small`, `file/file-too-large`, `file/policy-violation`,
 * `common/invalid-parameters`
 */
export function planUpload(
  deps: Pick<UploadsDeps, 'clock' | 'newId' | 'limits'>,
  caller: User | Admin,
  {
    request,
    way,
    settings,
    contentsOf,
  }: {
    request: UploadRequest;
    way: 'single' | 'multipart';
    settings: EnvironmentSettings;
    contentsOf?: File | undefined;
  },
): Upload {
  const { limits } = deps;
  requireFileName(request.filename, limits.maxNameBytes);
  const { folder = '' } = request;
  requireFolder(folder, limits.maxNameBytes);
  requireMimeType(request.contentType, limits.maxMimeTypeBytes);
  if (request.fileSize !== undefined) requireFileSize(request.fileSize, sizeRangeOf(way, limits, settings));
  const category = contentsOf?.category ?? request.category ?? defaultCategoryOf(request.contentType);
  requireTypeOfCategory(request.contentType, category);
  const announced = announcedFields(deps, request);
  const visibility = request.visibility ?? settings['uploads.defaultVisibility'];
  requirePolicy(settings, {
    mimeType: request.contentType,
    category,
    sizeBytes: request.fileSize,
    ...(contentsOf === undefined && { visibility }),
  });

  const at = deps.clock();
  const registersItself = request.register ?? settings['uploads.registerOnUpload'];
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
    ...(Object.keys(announced).length > 0 && { announced }),
    ...(registersItself && contentsOf === undefined && { lookAt: nextLookAt({ createdAt: at }, at) }),
    visibility: contentsOf?.visibility ?? visibility,
    category,
    aborted: false,
    isPending: false,
    createdAt: at,
    expiresAt: new Date(at.getTime() + limits.unregisteredUploadLifeSeconds * 1000),
  };
}

/** @throws `common/invalid-parameters` */
function announcedFields(
  { limits }: Pick<UploadsDeps, 'limits'>,
  { metadata, sharedWith }: UploadRequest,
): AnnouncedFields {
  if (metadata !== undefined) requireMetadata(metadata, limits);
  return {
    ...(metadata !== undefined && { metadata }),
    ...(sharedWith !== undefined && { sharedWith: normaliseSharedWith(sharedWith, limits) }),
  };
}
