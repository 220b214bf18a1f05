import type { SharesAnswer } from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import { requireManageable } from './access.ts';
import type { FilesDeps } from './deps.ts';
import { getReadableFile } from './get-file.ts';
import { normaliseSharedWith } from './shared-with.ts';
import { changeFile } from './update-file.ts';

/**
 * Who a `shared` file is for.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`
 */
export async function readShares(
  deps: Pick<FilesDeps, 'files'>,
  caller: Caller,
  fileId: string,
): Promise<SharesAnswer> {
  requireUser(caller);
  requireScope(caller, 'files:read');
  const file = await getReadableFile(deps, caller, fileId);
  requireManageable(caller, file);
  return { sharedWith: [...file.sharedWith] };
}

/**
 * Changes who a `shared` file is for. The list counts only while the file is `shared`; otherwise it is kept and gives
 * nobody access.
 * @throws as {@link readShares}, and `common/invalid-parameters`
 */
export async function changeShares(
  deps: Pick<FilesDeps, 'files' | 'clock' | 'limits'>,
  caller: Caller,
  { fileId, change }: { fileId: string; change: (userIds: readonly string[]) => readonly string[] },
): Promise<SharesAnswer> {
  const file = await changeFile(deps, caller, {
    fileId,
    decide: ({ sharedWith }) => ({ sharedWith: normaliseSharedWith(change(sharedWith), deps.limits) }),
  });
  return { sharedWith: [...file.sharedWith] };
}
