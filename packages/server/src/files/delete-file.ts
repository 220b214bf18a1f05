import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import { fileNotFound } from './access.ts';
import { askedFile, requireDone } from './asked-file.ts';
import type { FilesDeps } from './deps.ts';
import { isFileId } from './file.ts';

/**
 * Deletes a file for good, or puts it into the trash. Deleting removes the row and queues the purge of the bytes, which a
 * job then removes, in one statement. A file that is in the trash already stays there.
 * @param input.trash whether the file goes into the trash
 * @param input.ifMatch the header `If-Match`
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`,
 * `file/version-conflict`
 */
export async function deleteFile(
  deps: Pick<FilesDeps, 'files' | 'clock'>,
  caller: Caller,
  {
    fileId,
    trash = false,
    ifMatch,
  }: {
    readonly fileId: string;
    readonly trash?: boolean | undefined;
    readonly ifMatch?: string | undefined;
  },
): Promise<void> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  if (!isFileId(fileId)) throw fileNotFound();
  const id = fileId.toLowerCase();
  const asked = askedFile(id, ifMatch);
  const outcomes = trash
    ? await deps.files.trash(caller, asked, deps.clock())
    : await deps.files.remove(caller, asked);
  await requireDone(deps, { caller, id }, outcomes.get(id));
}
