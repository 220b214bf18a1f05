import type { BulkDeleteAnswer } from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import { accessDenied, fileNotFound } from './access.ts';
import type { FilesDeps } from './deps.ts';
import { isFileId } from './file-id.ts';

/**
 * Removes a file. The row goes and the purge of its bytes is queued in one statement; a job sees to the bytes.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/not-found`, `file/access-denied`
 */
export async function deleteFile(
  deps: Pick<FilesDeps, 'files'>,
  caller: Caller,
  fileId: string,
): Promise<void> {
  const { failed } = await deleteFiles(deps, caller, [fileId]);
  if (failed[0]?.code === 'file/not-found') throw fileNotFound();
  if (failed[0]?.code === 'file/access-denied') throw accessDenied();
}

/**
 * Removes many files, each as {@link deleteFile} does; one that cannot go does not keep the others.
 * @throws `common/authentication-required`, `auth/scope-insufficient`
 */
export async function deleteFiles(
  deps: Pick<FilesDeps, 'files'>,
  caller: Caller,
  fileIds: readonly string[],
): Promise<BulkDeleteAnswer> {
  requireUser(caller);
  requireScope(caller, 'files:write');
  const unique = [...new Set(fileIds)];
  const ids = unique.filter(isFileId).map((id) => id.toLowerCase());
  const outcomes = ids.length === 0 ? new Map() : await deps.files.remove(caller, ids);
  const answer: BulkDeleteAnswer = { deleted: [], failed: [] };
  for (const id of unique) {
    const outcome = outcomes.get(id.toLowerCase()) ?? 'not-found';
    if (outcome === 'deleted') answer.deleted.push(id);
    else answer.failed.push({ id, code: `file/${outcome}` });
  }
  return answer;
}
