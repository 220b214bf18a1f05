import type { BulkRestoreAnswer, BulkRestoreRequest } from '@bkend/storage-contract';
import type { Caller } from '../../identity/caller.ts';
import type { FilesDeps } from '../deps.ts';
import { outcomesOf } from './outcomes.ts';
import { runBulk } from './run-bulk.ts';

/**
 * Restores many files from the trash; a filter takes files of the trash alone.
 * @throws as `runBulk` does
 */
export async function bulkRestore(
  deps: Pick<FilesDeps, 'files' | 'limits'>,
  caller: Caller,
  selection: BulkRestoreRequest,
): Promise<BulkRestoreAnswer> {
  const answer = await runBulk(deps, caller, selection, {
    trash: true,
    apply: async (files) => outcomesOf(await deps.files.restore(caller, files)),
  });
  return 'remaining' in answer ? answer : { restored: answer.done, failed: answer.failed };
}
