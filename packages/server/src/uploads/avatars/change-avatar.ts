import {
  type AvatarAnswer,
  type ChangeAvatarRequest,
  type PresignAvatarAnswer,
  type PresignAvatarRequest,
  StorageError,
} from '@bkend/storage-contract';
import { accessDenied, canManage } from '../../files/access.ts';
import type { File } from '../../files/file.ts';
import { addressOf } from '../../files/view-file.ts';
import { type Admin, type Caller, requireScope, requireSignedIn, type User } from '../../identity/caller.ts';
import type { UploadsDeps } from '../deps.ts';
import { requireFileKey, uploadNotFound } from '../file-key.ts';
import { presignPut } from '../presign-upload.ts';
import { announcedFile, registerBytes } from '../register-bytes.ts';
import { avatarTypeOf, requireAvatarOf, requireAvatarType } from './avatar-of.ts';

type Deps = Pick<
  UploadsDeps,
  'files' | 'uploads' | 'objects' | 'clock' | 'limits' | 'findSettings' | 'imageUrl'
>;

/**
 * Gives the user, or an admin for the user, a URL for one PUT of an avatar.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `user/forbidden`, `file/invalid-format`, and what
 * `presignUpload` throws
 */
export async function presignAvatar(
  deps: Parameters<typeof presignPut>[0],
  caller: Caller,
  { userId, request }: { readonly userId: string; readonly request: PresignAvatarRequest },
): Promise<PresignAvatarAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const owner = await requireAvatarOf(deps, caller, userId);
  const { filename, contentType = avatarTypeOf(filename) } = request;
  requireAvatarType(contentType);
  const upload = await presignPut(deps, owner, {
    request: { filename, contentType, visibility: 'public', category: 'images' },
    bucket: 'avatars',
  });
  const { url, key, expiresAt } = upload;
  return { url, uploadUrl: url, key, contentType, expiresAt };
}

/**
 * Registers an upload as a user's avatar, a public file. The avatar of before is deleted in the transaction that sets the new one.
 * Repeating it gives the same answer.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `user/forbidden`, `file/invalid-format`,
 * `file/upload-not-found`, `file/access-denied`, `file/upload-incomplete`, `file/s3-key-already-exists` for the key of a file
 * that is no avatar, and what `registerFile` throws for bytes
 */
export async function changeAvatar(
  deps: Deps,
  caller: Caller,
  { userId, request: { s3Key: key } }: { readonly userId: string; readonly request: ChangeAvatarRequest },
): Promise<AvatarAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const owner = await requireAvatarOf(deps, caller, userId);
  const { tenant } = caller;
  requireFileKey(key, { tenant, maxKeyBytes: deps.limits.maxKeyBytes });
  const file = (await registerAvatar(deps, owner, key)) ?? (await deps.files.findByBaseKey(tenant, key));
  if (file === undefined) throw uploadNotFound();
  if (!canManage(caller, file)) throw accessDenied();
  const isOfUser = file.ownerType === 'user' && file.ownerId === userId;
  if (!isOfUser || (file.bucket !== 'avatars' && file.isSelfRegistered !== true)) {
    throw new StorageError('file/s3-key-already-exists', 'This key is registered as another file already.');
  }
  requireAvatarType(file.mimeType);
  const avatar = await deps.files.setAvatar({ tenant, userId, id: file.id, at: deps.clock() });
  if (avatar === undefined) throw uploadNotFound();
  return { id: userId, image: addressOf(deps, avatar) };
}

/** @returns undefined where the upload has ended: registered by an earlier request, or by itself */
async function registerAvatar(
  deps: Deps,
  owner: (User | Admin) & { readonly userId: string },
  key: string,
): Promise<File | undefined> {
  const upload = await deps.uploads.find(owner.tenant, key);
  if (upload === undefined) return undefined;
  if (!canManage(owner, upload)) throw accessDenied();
  requireAvatarType(upload.contentType);
  try {
    return await registerBytes(deps, owner, {
      key,
      settings: await deps.findSettings(owner.tenant),
      asked: {
        ...announcedFile(upload),
        ...{ ownerId: owner.userId, ownerType: 'user' },
        ...{ visibility: 'public', category: 'images', bucket: 'avatars' },
      },
    });
  } catch (error) {
    if (error instanceof StorageError && error.code === 'file/upload-not-found') return undefined;
    throw error;
  }
}
