import { type CopyFileRequest, type FileView, StorageError } from '@bkend/storage-contract';
import { fileNotFound, requireServed } from '../files/access.ts';
import { getReadableFile } from '../files/get-file.ts';
import { viewFile } from '../files/view-file.ts';
import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import { commitUpload } from './commit-upload.ts';
import type { UploadsDeps } from './deps.ts';
import { fileIdOf } from './file-key.ts';
import { planUpload } from './plan-upload.ts';
import { beginUpload } from './quotas.ts';
import type { Upload } from './upload.ts';

type Deps = Pick<
  UploadsDeps,
  | 'files'
  | 'uploads'
  | 'openUploads'
  | 'quotas'
  | 'objects'
  | 'clock'
  | 'newId'
  | 'limits'
  | 'findSettings'
  | 'imageUrl'
>;

/**
 * Copies a file: a new file of the caller's with the same bytes, which the store copies. It begins as an upload without
 * a URL, so that limits hold for it as for any, and a failure leaves nothing behind.
 * @param input.request name and visibility of the copy; its metadata is what the caller sees of the file's
 * @returns the copy
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`,
 * `file/scan-pending`, `file/too-many-open-uploads`, `file/quota-exceeded`, `file/policy-violation`, and the codes of name, type and size
 */
export async function copyFile(
  deps: Deps,
  caller: Caller,
  { fileId, request }: { fileId: string; request: CopyFileRequest },
): Promise<FileView> {
  requireSignedIn(caller);
  requireScope(caller, 'files:read');
  requireScope(caller, 'files:write');
  const source = await getReadableFile(deps, caller, fileId);
  requireServed(source);
  const settings = await deps.findSettings(caller.tenant);
  const scan = source.scan ?? (settings.scanner ? 'pending' : undefined);
  const { originalName = source.originalName, folder = source.folder, visibility } = request;
  const { category, mimeType, sizeBytes, width, height } = source;
  const planned = planUpload(deps, caller, {
    request: {
      filename: originalName,
      contentType: mimeType,
      fileSize: sizeBytes,
      folder,
      ...(visibility !== undefined && { visibility }),
      category,
      register: false,
    },
    ...{ way: 'multipart', settings },
  });
  const upload: Upload = { ...planned, isPending: true, urlEndsAt: planned.createdAt };
  await beginUpload(deps, { upload, settings }, () => deps.uploads.insert(upload));
  const { key, tenant } = upload;
  const { metadata, bucket = 'files' } = viewFile(deps, caller, source);
  try {
    const copy = await commitUpload(deps, caller, {
      key,
      from: source.objectKey,
      settings,
      announced: { mimeType, sizeBytes },
      commit: ({ upload: held, attempt }, sealed) =>
        deps.uploads.register({
          ...sealed,
          id: fileIdOf(key),
          ...{ upload: held, attempt, originalName, mimeType, metadata, bucket },
          ...(width !== undefined && { width }),
          ...(height !== undefined && { height }),
          ...(scan !== undefined && { scan }),
          sharedWith: [],
          at: deps.clock(),
        }),
    });
    return viewFile(deps, caller, copy);
  } catch (error) {
    await deps.uploads.refuse(tenant, key).catch(() => undefined);
    // The file, or these contents of it, are gone since they were read.
    const isGone = error instanceof StorageError && error.code === 'file/upload-incomplete';
    throw isGone ? fileNotFound() : error;
  }
}
