import { buildImagePath, type FileView } from '@bkend/storage-contract';
import { type Caller, hasScope } from '../identity/caller.ts';
import { canManage, isServed } from './access.ts';
import type { FilesDeps } from './deps.ts';
import type { File } from './file.ts';

/** The file as this caller may see it: all fields for owner and admins, the public fields for others. */
export function viewFile(deps: Pick<FilesDeps, 'imageUrl'>, caller: Caller, file: File): FileView {
  const { custom, relatedEntityId, ...publicMetadata } = file.metadata;
  const publicFields: FileView = {
    id: file.id,
    s3Key: file.key,
    key: file.key,
    originalName: file.originalName,
    folder: file.folder,
    mimeType: file.mimeType,
    size: file.sizeBytes,
    ...(file.width !== undefined && { width: file.width }),
    ...(file.height !== undefined && { height: file.height }),
    visibility: file.visibility,
    category: file.category,
    metadata: publicMetadata,
    etag: file.etag,
    version: file.version,
    ...(file.scan !== undefined && { scan: file.scan }),
    ...(isPublic(file) && { url: addressOf(deps, file) }),
    permissions: permissionsOf(caller, file),
    createdAt: file.createdAt.toISOString(),
    updatedAt: file.updatedAt.toISOString(),
    ...(file.deletedAt !== undefined && { deletedAt: file.deletedAt.toISOString() }),
  };
  if (!canManage(caller, file)) return publicFields;
  return {
    ...publicFields,
    ownerId: file.ownerId,
    ownerType: file.ownerType,
    bucket: file.bucket,
    metadata: file.metadata,
    sharedWith: [...file.sharedWith],
  };
}

/** Whether guests may read the file, at its address. */
export function isPublic(file: Pick<File, 'visibility' | 'deletedAt' | 'scan'>): boolean {
  return file.visibility === 'public' && file.deletedAt === undefined && isServed(file);
}

/** The lasting address of a public file, on the images host. */
export function addressOf({ imageUrl }: Pick<FilesDeps, 'imageUrl'>, { key }: Pick<File, 'key'>): string {
  return imageUrl(buildImagePath({ key }).slice(1));
}

/** The changes that the caller may make; a file in the trash can only be restored or deleted. */
function permissionsOf(caller: Caller, file: File): FileView['permissions'] {
  const canDelete = canManage(caller, file) && hasScope(caller, 'files:write');
  const canUpdate = canDelete && file.deletedAt === undefined;
  return { canUpdate, canDelete, canShare: canUpdate };
}
