import type { BulkDeleteAnswer, BulkDeleteRequest } from '@bkend/storage-contract';
import type { Caller } from '../../identity/caller.ts';
import type { FilesDeps } from '../deps.ts';
import { outcomesOf } from './outcomes.ts';
import { runBulk } from './run-bulk.ts';

/**
 * Deletes many files for good, or puts them into the trash.
 * @throws as `runBulk` does
 */
export async function bulkDelete(
  deps: Pick<FilesDeps, 'files' | 'clock' | 'limits'>,
  caller: Caller,
  { trash = false, ...selection }: BulkDeleteRequest,
): Promise<BulkDeleteAnswer> {
  const answer = await runBulk(deps, caller, selection, {
    apply: async (files) =>
      outcomesOf(
        trash ? await deps.files.trash(caller, files, deps.clock()) : await deps.files.remove(caller, files),
      ),
  });
  return 'remaining' in answer ? answer : { deleted: answer.done, failed: answer.failed };
}
