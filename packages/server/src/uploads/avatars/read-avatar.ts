import type { DeleteAvatarAnswer } from '@bkend/storage-contract';
import { canRead, fileNotFound, isServed } from '../../files/access.ts';
import { addressUrl } from '../../files/presign-download.ts';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import type { UploadsDeps } from '../deps.ts';
import { requireAvatarOf, requireAvatars, requireUserId } from './avatar-of.ts';

type Deps = Pick<UploadsDeps, 'files' | 'findSettings'>;

/**
 * The URL of a user's avatar: its lasting address, or a presigned one where it is not public.
 * @throws `auth/scope-insufficient`, `user/forbidden` where avatars are off, `file/not-found` without an avatar that the caller may read
 */
export async function readAvatar(
  deps: Deps & Parameters<typeof addressUrl>[0],
  caller: Caller,
  userId: string,
): Promise<string> {
  requireScope(caller, 'files:read');
  requireUserId(userId);
  await requireAvatars(deps, caller);
  const file = await deps.files.findAvatar(caller.tenant, userId);
  if (file === undefined || !canRead(caller, file) || !isServed(file)) throw fileNotFound();
  return addressUrl(deps, file);
}

/**
 * Deletes a user's avatar for good. Without one it succeeds as well.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `user/forbidden`
 */
export async function deleteAvatar(deps: Deps, caller: Caller, userId: string): Promise<DeleteAvatarAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  await requireAvatarOf(deps, caller, userId);
  const file = await deps.files.findAvatar(caller.tenant, userId);
  if (file !== undefined) await deps.files.remove(caller, [file.id]);
  return { message: 'The avatar is deleted.' };
}
