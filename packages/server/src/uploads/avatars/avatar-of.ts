import { invalidParameters, StorageError } from '@bkend/storage-contract';
import { essenceOf } from '../../files/mime-type.ts';
import { type Admin, type Caller, isUserId, type User } from '../../identity/caller.ts';
import type { UploadsDeps } from '../deps.ts';

/** Types of avatars by the extensions of their names: what every browser shows and image hosts render. */
const typesByExtension: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
};

/**
 * The caller who changes a user's avatar: the user, or an admin in the name of the user.
 * @throws `user/forbidden` for the avatar of another user, and where avatars are off; `common/invalid-parameters`
 */
export async function requireAvatarOf(
  { findSettings }: Pick<UploadsDeps, 'findSettings'>,
  caller: User | Admin,
  userId: string,
): Promise<(User | Admin) & { readonly userId: string }> {
  requireUserId(userId);
  if (caller.kind === 'user' && caller.userId !== userId) {
    throw new StorageError('user/forbidden', 'This is the avatar of another user.');
  }
  await requireAvatars({ findSettings }, caller);
  return { ...caller, userId };
}

/** @throws `user/forbidden` where avatars are off */
export async function requireAvatars(
  { findSettings }: Pick<UploadsDeps, 'findSettings'>,
  { tenant }: Caller,
): Promise<void> {
  if ((await findSettings(tenant)).avatars) return;
  throw new StorageError('user/forbidden', 'Avatars are off in this environment.', {
    details: { rule: 'avatars' },
  });
}

/** @throws `common/invalid-parameters` */
export function requireUserId(userId: string): void {
  if (!isUserId(userId)) throw invalidParameters([{ field: 'userId', message: 'must be the id of a user' }]);
}

/** The type that a name's extension announces. @throws `file/invalid-format` */
export function avatarTypeOf(filename: string): string {
  const extension = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase();
  const type = typesByExtension[extension];
  if (type === undefined) throw notAnAvatar(filename);
  return type;
}

/** @throws `file/invalid-format` */
export function requireAvatarType(mimeType: string): void {
  if (!Object.values(typesByExtension).includes(essenceOf(mimeType))) throw notAnAvatar(mimeType);
}

function notAnAvatar(given: string): StorageError {
  return new StorageError('file/invalid-format', 'An avatar is a JPEG, PNG, GIF or WebP.', {
    details: { given, allowed: [...new Set(Object.values(typesByExtension))] },
  });
}
