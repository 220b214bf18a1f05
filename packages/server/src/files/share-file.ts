import type { SharesAnswer } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import { requireManageable } from './access.ts';
import type { FilesDeps } from './deps.ts';
import { getReadableFile } from './get-file.ts';
import { normaliseSharedWith } from './shared-with.ts';
import { changeFile } from './update-file.ts';

/**
 * The users that a `shared` file is for.
 * @returns user ids in order
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`
 */
export async function readShares(
  deps: Pick<FilesDeps, 'files'>,
  caller: Caller,
  fileId: string,
): Promise<SharesAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:read');
  const file = await getReadableFile(deps, caller, fileId);
  requireManageable(caller, file);
  return { sharedWith: [...file.sharedWith] };
}

/**
 * Changes the users that a `shared` file is for. While the file is not `shared`, the list is kept and gives no access.
 * @param input.change returns the new list, given the current one
 * @param input.ifMatch the header `If-Match`
 * @throws as {@link readShares}, and `common/invalid-parameters`, `file/version-conflict`
 */
export async function changeShares(
  deps: Pick<FilesDeps, 'files' | 'clock' | 'limits'>,
  caller: Caller,
  {
    fileId,
    change,
    ifMatch,
  }: {
    fileId: string;
    change: (userIds: readonly string[]) => readonly string[];
    ifMatch?: string | undefined;
  },
): Promise<SharesAnswer> {
  const file = await changeFile(deps, caller, {
    fileId,
    ifMatch,
    decide: ({ sharedWith }) => ({ sharedWith: normaliseSharedWith(change(sharedWith), deps.limits) }),
  });
  return { sharedWith: [...file.sharedWith] };
}
