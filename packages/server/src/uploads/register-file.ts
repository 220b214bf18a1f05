import {
  type FileView,
  type ItemError,
  invalidParameters,
  type RegisterFileRequest,
  type RegisterFilesRequest,
  StorageError,
} from '@bkend/storage-contract';
import { canManage } from '../files/access.ts';
import { answerEach } from '../files/answer-each.ts';
import type { File, Owner } from '../files/file.ts';
import { requireMetadata } from '../files/file-metadata.ts';
import { requireFileName } from '../files/file-name.ts';
import { requireFolder } from '../files/folders/folder-path.ts';
import { requireMimeType, requireTypeOfCategory } from '../files/mime-type.ts';
import { requireChangePolicy } from '../files/policy/require-policy.ts';
import { normaliseSharedWith } from '../files/shared-with.ts';
import { viewFile } from '../files/view-file.ts';
import { type Caller, isUserId, requireScope, requireSignedIn } from '../identity/caller.ts';
import type { EnvironmentSettings } from '../projects/settings-table.ts';
import { requireAnnouncedType, requireSize } from './commit-upload.ts';
import type { UploadsDeps } from './deps.ts';
import { requireFileKey } from './file-key.ts';
import { requireFileSize } from './file-size.ts';
import { type AskedFile, registerBytes } from './register-bytes.ts';

type Deps = Pick<
  UploadsDeps,
  'files' | 'uploads' | 'objects' | 'clock' | 'limits' | 'findSettings' | 'imageUrl'
>;

/**
 * Makes an upload a file, whose bytes never change from then on.
 * @param request.size bytes; must be the size of the bytes in storage
 * @returns the file
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/invalid-parameters`, the codes of name,
 * folder, type and size, `file/invalid-path`, `file/upload-not-found`, `file/upload-incomplete`, `file/size-mismatch`,
 * `file/invalid-format`, `file/policy-violation`, `file/access-denied`, `file/s3-key-already-exists`
 */
export async function registerFile(
  deps: Deps,
  caller: Caller,
  request: RegisterFileRequest,
): Promise<FileView> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const owner = requestedOwner(caller, request);
  const settings = await deps.findSettings(caller.tenant);
  requireRegistration(deps, caller, request);
  requireFileSize(request.size, {
    minBytes: settings['uploads.minFileBytes'],
    maxBytes: Number.POSITIVE_INFINITY,
  });
  const sharedWith = normaliseSharedWith(request.sharedWith ?? [], deps.limits);
  const { s3Key: key, originalName, size, width, height, folder, visibility, category } = request;

  const asked: AskedFile = {
    ...owner,
    originalName,
    mimeType: request.mimeType,
    sizeBytes: size,
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(folder !== undefined && { folder }),
    ...(visibility !== undefined && { visibility }),
    ...(category !== undefined && { category }),
    bucket: request.bucket ?? 'files',
    metadata: request.metadata ?? {},
    sharedWith,
  };
  try {
    return viewFile(deps, caller, await registerBytes(deps, caller, { key, asked, settings }));
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'file/upload-not-found') throw error;
    const file = await deps.files.findByBaseKey(caller.tenant, key);
    if (file === undefined) throw error;
    return viewFile(deps, caller, await registerForClient(deps, caller, { file, asked, settings }));
  }
}

/**
 * Applies a client's registration to a file that was registered without one, once.
 * @throws `file/s3-key-already-exists` when a client has registered it, or its contents were replaced; `file/size-mismatch`,
 * `file/invalid-format`, `file/policy-violation`
 */
async function registerForClient(
  deps: Pick<Deps, 'files' | 'clock'>,
  caller: Caller,
  {
    file,
    asked,
    settings,
  }: { readonly file: File; readonly asked: AskedFile; readonly settings: EnvironmentSettings },
): Promise<File> {
  if (!canManage(caller, file)) throw alreadyRegistered(caller, file);
  const { sizeBytes, mimeType, ...fields } = asked;
  const where = { tenant: file.tenant, id: file.id, at: deps.clock() };
  const changed = await deps.files.change(where, (current) => {
    if (current.isSelfRegistered !== true || current.version !== 1) throw alreadyRegistered(caller, file);
    requireAnnouncedType({ contentType: current.mimeType }, { mimeType });
    requireSize(current, { mimeType, ...(sizeBytes !== undefined && { sizeBytes }) });
    requireChangePolicy(settings, current, asked);
    return { ...fields, isSelfRegistered: false };
  });
  if (changed === undefined) throw alreadyRegistered(caller, file);
  return changed;
}

function requireRegistration(deps: Deps, caller: Caller, request: RegisterFileRequest): void {
  const { limits } = deps;
  requireFileKey(request.s3Key, { tenant: caller.tenant, maxKeyBytes: limits.maxKeyBytes });
  requireFileName(request.originalName, limits.maxNameBytes);
  if (request.folder !== undefined) requireFolder(request.folder, limits.maxNameBytes);
  requireMimeType(request.mimeType, limits.maxMimeTypeBytes);
  if (request.category !== undefined) requireTypeOfCategory(request.mimeType, request.category);
  if (request.metadata !== undefined) requireMetadata(request.metadata, limits);
}

/** The owner that an admin names; other callers may name themselves alone. */
function requestedOwner(caller: Caller, request: RegisterFileRequest): Partial<Owner> {
  if (request.ownerId === undefined && request.ownerType === undefined) return {};
  if (caller.kind === 'admin') {
    if (request.ownerId !== undefined && !isUserId(request.ownerId)) {
      throw invalidParameters([{ field: 'ownerId', message: 'has no control characters' }]);
    }
    return {
      ...(request.ownerId !== undefined && { ownerId: request.ownerId }),
      ownerType: request.ownerType ?? 'user',
    };
  }
  const isOwn = caller.kind === 'user' && (request.ownerId ?? caller.userId) === caller.userId;
  if (!isOwn || (request.ownerType ?? 'user') !== 'user') {
    throw new StorageError('file/access-denied', 'Only an admin may register a file for another owner.');
  }
  return {};
}

/** The owner gets the file's id: a client whose first answer was lost goes on from there. */
function alreadyRegistered(caller: Caller, file: File): StorageError {
  return new StorageError('file/s3-key-already-exists', 'This key is registered already.', {
    details: canManage(caller, file) ? { fileId: file.id } : {},
  });
}

/**
 * Enough to keep the database and the object store busy, and few enough to leave both to other callers. All files at once where the
 * store takes their copies by one request.
 */
const atOnceBySingleCopies = 50;

/**
 * Registers many uploads, each as `registerFile` does; a refused one does not keep the others.
 * @param request.check throws the refusal of a registration that is malformed
 * @returns a file or an error for each registration, in order
 * @throws `common/authentication-required`, `auth/scope-insufficient`
 */
export async function registerFiles(
  deps: UploadsDeps,
  caller: Caller,
  { files, check }: RegisterFilesRequest & { readonly check: (file: unknown) => void },
): Promise<{ results: ({ file: FileView } | ItemError)[] }> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const atOnce = deps.objects.copyWithoutHead === undefined ? atOnceBySingleCopies : files.length;
  const results = await answerEach(files, { atOnce, check }, async (request) => ({
    file: await registerFile(deps, caller, request),
  }));
  return { results };
}
