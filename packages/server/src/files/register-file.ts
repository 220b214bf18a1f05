import {
  type FileView,
  invalidParameters,
  type RegisterFileRequest,
  StorageError,
} from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import { isUserId } from '../identity/user-id.ts';
import { accessDenied, canManage } from './access.ts';
import type { FilesDeps } from './deps.ts';
import type { File, Owner } from './file.ts';
import { requireFileKey, uploadNotFound } from './file-key.ts';
import { requireMetadata } from './file-metadata.ts';
import { requireFileName } from './file-name.ts';
import { requireFileSize } from './file-size.ts';
import { essenceOf, normaliseMimeType, requireMimeType, requireTypeOfCategory } from './mime-type.ts';
import type { ObjectInfo } from './object-store.ts';
import { normaliseSharedWith } from './shared-with.ts';
import { requireOpenUpload } from './upload.ts';
import { viewFile } from './view-file.ts';

type Deps = Pick<FilesDeps, 'files' | 'uploads' | 'objects' | 'clock' | 'newId' | 'limits' | 'imageUrl'>;

/**
 * Makes an upload a file: looks at the bytes in storage, then inserts the file and ends the upload in one statement.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/invalid-parameters`, the codes of name,
 * type and size, `file/invalid-path`, `file/upload-not-found`, `file/upload-incomplete`, `file/size-mismatch`,
 * `file/invalid-format`, `file/access-denied`, `file/s3-key-already-exists`
 */
export async function registerFile(
  deps: Deps,
  caller: Caller,
  request: RegisterFileRequest,
): Promise<FileView> {
  requireUser(caller);
  requireScope(caller, 'files:write');
  const owner = requestedOwner(caller, request);
  requireRegistration(deps, caller, request);
  const sharedWith = normaliseSharedWith(request.sharedWith ?? [], deps.limits);
  const { s3Key: key, originalName, size, width, height, visibility, category } = request;

  const object = await deps.objects.head(key);
  const mismatch = findMismatch(request, object);
  if (object === undefined || mismatch !== undefined) {
    await requireUnregistered(deps, caller, key);
    throw mismatch;
  }

  const registered = await deps.files.register(caller, {
    ...owner,
    id: deps.newId(),
    tenant: caller.tenant,
    key,
    originalName,
    mimeType: normaliseMimeType(request.mimeType),
    sizeBytes: size,
    etag: object.etag,
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(visibility !== undefined && { visibility }),
    ...(category !== undefined && { category }),
    bucket: request.bucket ?? 'files',
    metadata: request.metadata ?? {},
    sharedWith,
    at: deps.clock(),
  });
  switch (registered.outcome) {
    case 'registered':
      return viewFile(deps, caller, registered.file);
    case 'already-registered':
      throw alreadyRegistered(caller, registered.file);
    case 'access-denied':
      throw accessDenied();
    case 'upload-not-found':
      throw uploadNotFound();
  }
}

function requireRegistration(deps: Deps, caller: Caller, request: RegisterFileRequest): void {
  const { limits } = deps;
  requireFileKey(request.s3Key, { tenant: caller.tenant, maxKeyBytes: limits.maxKeyBytes });
  requireFileName(request.originalName, limits.maxNameBytes);
  requireMimeType(request.mimeType, limits.maxMimeTypeBytes);
  requireFileSize(request.size, limits.maxMultipartBytes);
  if (request.category !== undefined) requireTypeOfCategory(request.mimeType, request.category);
  if (request.metadata !== undefined) requireMetadata(request.metadata, limits);
}

/** Whose the file shall be, where an admin says; nobody else may name another owner. */
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

/** What keeps these bytes from being this file; undefined when nothing does. */
function findMismatch(
  request: RegisterFileRequest,
  object: ObjectInfo | undefined,
): StorageError | undefined {
  if (object === undefined) {
    return new StorageError(
      'file/upload-incomplete',
      'The bytes are not in storage yet: PUT them (or complete the multipart upload), then register.',
    );
  }
  if (object.sizeBytes !== request.size) {
    return new StorageError(
      'file/size-mismatch',
      `The file was said to have ${request.size} bytes, and ${object.sizeBytes} are in storage.`,
      { details: { size: request.size, storedSize: object.sizeBytes } },
    );
  }
  if (essenceOf(object.contentType) !== essenceOf(request.mimeType)) {
    return new StorageError(
      'file/invalid-format',
      `The file was said to be ${request.mimeType}, and was uploaded as ${object.contentType}.`,
      { details: { mimeType: request.mimeType, storedMimeType: object.contentType } },
    );
  }
  return undefined;
}

/** Before a client hears about the bytes: the upload must be open, and its own. */
async function requireUnregistered(deps: Deps, caller: Caller, key: string): Promise<void> {
  const upload = await deps.uploads.find(caller.tenant, key);
  if (upload === undefined) {
    const file = await deps.files.findByKey(caller.tenant, key);
    if (file !== undefined) throw alreadyRegistered(caller, file);
  }
  requireOpenUpload(caller, upload, deps.clock());
}

/** The owner learns the file's id: a client whose first answer was lost goes on from there. */
function alreadyRegistered(caller: Caller, file: File): StorageError {
  return new StorageError('file/s3-key-already-exists', 'This key is registered already.', {
    details: canManage(caller, file) ? { fileId: file.id } : {},
  });
}
