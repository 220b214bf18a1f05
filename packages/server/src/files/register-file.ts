import {
  type FileView,
  invalidParameters,
  type RegisterFileRequest,
  StorageError,
} from '@bkend/storage-contract';
import { type Admin, type Caller, requireScope, requireUser, type User } from '../identity/caller.ts';
import { isUserId } from '../identity/user-id.ts';
import type { EnvironmentSettings } from '../projects/settings-table.ts';
import { canManage } from './access.ts';
import type { FilesDeps } from './deps.ts';
import type { File, Owner, Upload } from './file.ts';
import { requireFileKey } from './file-key.ts';
import { requireMetadata } from './file-metadata.ts';
import { requireFileName } from './file-name.ts';
import { requireFileSize } from './file-size.ts';
import { holdUpload, whileHeld, withinPatience } from './hold-upload.ts';
import { essenceOf, normaliseMimeType, requireMimeType, requireTypeOfCategory } from './mime-type.ts';
import type { ObjectInfo } from './object-store.ts';
import type { Registration } from './ports.ts';
import { sealUpload } from './seal-upload.ts';
import { normaliseSharedWith } from './shared-with.ts';
import { isInRange, sizeRangeOf } from './size-range.ts';
import { viewFile } from './view-file.ts';

type Deps = Pick<
  FilesDeps,
  'files' | 'uploads' | 'objects' | 'clock' | 'newId' | 'limits' | 'findSettings' | 'imageUrl'
>;

/**
 * Makes an upload a file, with bytes that never change from then on.
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
  const settings = await deps.findSettings(caller.tenant);
  requireRegistration(deps, caller, request);
  requireFileSize(request.size, {
    minBytes: settings['uploads.minFileBytes'],
    maxBytes: Number.POSITIVE_INFINITY,
  });
  const sharedWith = normaliseSharedWith(request.sharedWith ?? [], deps.limits);
  const { s3Key: key, originalName, size, width, height, visibility, category } = request;

  const asked: Asked = {
    ...owner,
    originalName,
    mimeType: request.mimeType,
    sizeBytes: size,
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
    ...(visibility !== undefined && { visibility }),
    ...(category !== undefined && { category }),
    bucket: request.bucket ?? 'files',
    metadata: request.metadata ?? {},
    sharedWith,
  };
  try {
    return viewFile(deps, caller, await withinPatience(register(deps, caller, { key, asked, settings })));
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'file/upload-not-found') throw error;
    const file = await deps.files.findByKey(caller.tenant, key);
    throw file === undefined ? error : alreadyRegistered(caller, file);
  }
}

/** What a registration says of the file. */
type Asked = Omit<Registration, 'id' | 'upload' | 'attempt' | 'objectKey' | 'etag' | 'at'>;

/** Again where an attempt loses its upload, which takes a pause longer than its lease. */
const maxAttempts = 3;

/**
 * Holds the upload, seals its bytes and makes it a file. Whatever fails, and wherever the process dies, the upload is free
 * again soon after and the copy is purged.
 */
async function register(
  deps: Deps,
  caller: User | Admin,
  {
    key,
    asked,
    settings,
  }: { readonly key: string; readonly asked: Asked; readonly settings: EnvironmentSettings },
): Promise<File> {
  for (let count = 1; count <= maxAttempts; count += 1) {
    const held = await holdUpload(deps, caller, key);
    const { upload, attempt } = held;
    const way = upload.multipartId === undefined ? 'single' : 'multipart';
    const sizes = sizeRangeOf(way, deps.limits, settings);
    let hasCopied = false;
    let storedBytes: number | undefined;
    try {
      requireAnnouncedType(upload, asked);
      const sealed = await whileHeld(deps, held, () =>
        sealUpload(deps, held, {
          check: (object) => {
            storedBytes = object.sizeBytes;
            requireFileSize(storedBytes, sizes);
            requireFileSize(asked.sizeBytes, sizes);
            requireSize(object, asked);
          },
          copying: () => {
            hasCopied = true;
          },
        }),
      );
      const file = await deps.files.register({
        ...asked,
        ...sealed,
        // The bytes are stored with this type, whatever parameters the registration names.
        mimeType: normaliseMimeType(upload.contentType),
        id: deps.newId(),
        upload,
        attempt,
        at: deps.clock(),
      });
      if (file !== undefined) return file;
      await deps.uploads.release({ tenant: upload.tenant, key, attempt, hasCopied });
    } catch (error) {
      // No registration can take bytes of a size that is not allowed.
      const isForbidden = storedBytes !== undefined && !isInRange(storedBytes, sizes);
      const ending = isForbidden
        ? deps.uploads.refuse(upload.tenant, key)
        : deps.uploads.release({ tenant: upload.tenant, key, attempt, hasCopied });
      // Should this fail too, the lease ends by itself and the copy's purge is due then.
      await ending.catch(() => undefined);
      throw error;
    }
  }
  throw new StorageError('common/unavailable', 'This upload could not be held; try again.');
}

function requireRegistration(deps: Deps, caller: Caller, request: RegisterFileRequest): void {
  const { limits } = deps;
  requireFileKey(request.s3Key, { tenant: caller.tenant, maxKeyBytes: limits.maxKeyBytes });
  requireFileName(request.originalName, limits.maxNameBytes);
  requireMimeType(request.mimeType, limits.maxMimeTypeBytes);
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

/** @throws `file/size-mismatch` */
function requireSize(object: Pick<ObjectInfo, 'sizeBytes'>, asked: Asked): void {
  if (object.sizeBytes === asked.sizeBytes) return;
  throw new StorageError(
    'file/size-mismatch',
    `The file was said to have ${asked.sizeBytes} bytes, and ${object.sizeBytes} are in storage.`,
    { details: { size: asked.sizeBytes, storedSize: object.sizeBytes } },
  );
}

/** The type is a part of what an upload URL permits, so that the bytes have that of the upload. @throws `file/invalid-format` */
function requireAnnouncedType(upload: Upload, asked: Asked): void {
  if (essenceOf(upload.contentType) === essenceOf(asked.mimeType)) return;
  throw new StorageError(
    'file/invalid-format',
    `The file was said to be ${asked.mimeType}, and was uploaded as ${upload.contentType}.`,
    { details: { mimeType: asked.mimeType, storedMimeType: upload.contentType } },
  );
}

/** The owner learns the file's id: a client whose first answer was lost goes on from there. */
function alreadyRegistered(caller: Caller, file: File): StorageError {
  return new StorageError('file/s3-key-already-exists', 'This key is registered already.', {
    details: canManage(caller, file) ? { fileId: file.id } : {},
  });
}
