import { type FileView, type ReplaceContentsRequest, StorageError } from '@bkend/storage-contract';
import { fileNotFound, ownerFor, requireManageable, requireServed, scanPending } from '../files/access.ts';
import { getManageableFile } from '../files/get-file.ts';
import { normaliseMimeType, requireMimeType, requireTypeOfCategory } from '../files/mime-type.ts';
import { requirePolicy } from '../files/policy/require-policy.ts';
import { requireMatch } from '../files/versions/if-match.ts';
import { viewFile } from '../files/view-file.ts';
import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import { commitUpload } from './commit-upload.ts';
import type { UploadsDeps } from './deps.ts';
import { baseKeyOf, requireUploadKey, splitUploadKey, uploadNotFound } from './file-key.ts';
import { requireFileSize } from './file-size.ts';
import { withinTimeout } from './hold-upload.ts';
import { awaitScan } from './scanning/await-scan.ts';

type Deps = Pick<
  UploadsDeps,
  'files' | 'versions' | 'uploads' | 'objects' | 'clock' | 'limits' | 'findSettings' | 'imageUrl'
>;

/**
 * Gives a file new contents, whose bytes are in storage. What it had becomes a version, where the environment keeps versions.
 * Concurrent replacements of a file are made one after the other. Repeating one gives the same answer, while its contents are
 * those of the file or one of its versions.
 * @param input.request.size bytes; must be the size of the bytes in storage
 * @param input.ifMatch the header `If-Match`: makes it conditional on the file's ETag
 * @returns the file, with a new ETag, size, type and version
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`,
 * `file/version-conflict`, `file/invalid-path`, `file/s3-key-too-long`, `file/upload-not-found`, `file/upload-incomplete`,
 * `file/policy-violation`, `file/scan-pending`, `file/content-refused`, and the codes of type and size
 */
export async function replaceContents(
  deps: Deps,
  caller: Caller,
  {
    fileId,
    request,
    ifMatch,
  }: { fileId: string; request: ReplaceContentsRequest; ifMatch?: string | undefined },
): Promise<FileView> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const { tenant } = caller;
  const { uploadKey, mimeType, size, width, height } = request;
  const { limits } = deps;
  requireUploadKey(uploadKey, { tenant, maxKeyBytes: limits.maxKeyBytes });
  requireMimeType(mimeType, limits.maxMimeTypeBytes);
  const settings = await deps.findSettings(tenant);
  requireFileSize(size, {
    minBytes: settings['uploads.minFileBytes'],
    maxBytes: Number.POSITIVE_INFINITY,
  });
  const file = await getManageableFile(deps, caller, fileId);
  const { fileKey, versionId } = splitUploadKey(uploadKey);
  if (fileKey !== baseKeyOf(file) || versionId === undefined) throw uploadNotFound();
  if (file.versionId === versionId) return viewFile(deps, caller, file);
  requireServed(file);

  try {
    requireMatch(file, ifMatch);
    const replacing = commitUpload(deps, caller, {
      key: uploadKey,
      settings,
      announced: { mimeType, sizeBytes: size },
      isContents: true,
      ...(settings.scanner && { inspect: (sealed) => awaitScan(deps, tenant, sealed) }),
      commit: ({ upload, attempt }, sealed) =>
        deps.uploads.replaceContents(
          {
            ...sealed,
            ...(settings.scanner && { scan: 'passed' }),
            mimeType: normaliseMimeType(upload.contentType),
            ...(width !== undefined && { width }),
            ...(height !== undefined && { height }),
            upload,
            attempt,
            createdBy: ownerFor(caller).ownerId,
            keep: settings['versions.keep'],
            at: deps.clock(),
          },
          (current) => {
            if (current?.deletedAt !== undefined) throw fileNotFound();
            requireManageable(caller, current);
            requireServed(current);
            requireTypeOfCategory(mimeType, current.category);
            requirePolicy(settings, { mimeType, category: current.category, sizeBytes: size });
            requireMatch(current, ifMatch);
          },
        ),
    });
    return viewFile(deps, caller, await withinTimeout(replacing, settings.scanner ? scanPending : undefined));
  } catch (error) {
    if (!isCodeOfRepetition(error)) throw error;
    const current = await deps.files.find(tenant, fileId);
    const isDone =
      current?.versionId === versionId || (await deps.versions.find(file, versionId)) !== undefined;
    if (current === undefined || !isDone) throw error;
    return viewFile(deps, caller, current);
  }
}

/** Whether this may be the second of two equal requests, of which the first was successful. */
function isCodeOfRepetition(error: unknown): boolean {
  return (
    error instanceof StorageError &&
    (error.code === 'file/upload-not-found' || error.code === 'file/version-conflict')
  );
}
