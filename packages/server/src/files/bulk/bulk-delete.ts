import type {
  BulkDeleteAnswer,
  BulkDeleteRequest,
  BulkRestoreAnswer,
  BulkRestoreRequest,
} from '@bkend/storage-contract';
import type { Caller } from '../../identity/caller.ts';
import type { FilesDeps } from '../deps.ts';
import type { File } from '../file.ts';
import type { Refusal } from '../ports.ts';
import { type CheckedIds, type Outcomes, runBulk } from './run-bulk.ts';

/**
 * Deletes many files for good, or puts them into the trash.
 * @throws as `runBulk` does
 */
export async function bulkDelete(
  deps: Pick<FilesDeps, 'files' | 'clock' | 'limits'>,
  caller: Caller,
  { trash = false, ...selection }: BulkDeleteRequest & CheckedIds,
): Promise<BulkDeleteAnswer> {
  const answer = await runBulk(deps, caller, selection, {
    apply: async (files) =>
      outcomesOf(
        trash ? await deps.files.trash(caller, files, deps.clock()) : await deps.files.remove(caller, files),
      ),
  });
  return 'remaining' in answer ? answer : { deleted: answer.done, failed: answer.failed };
}

/**
 * Restores many files from the trash; a filter takes files of the trash alone.
 * @throws as `runBulk` does
 */
export async function bulkRestore(
  deps: Pick<FilesDeps, 'files' | 'limits'>,
  caller: Caller,
  selection: BulkRestoreRequest & CheckedIds,
): Promise<BulkRestoreAnswer> {
  const answer = await runBulk(deps, caller, selection, {
    trash: true,
    apply: async (files) => outcomesOf(await deps.files.restore(caller, files)),
  });
  return 'remaining' in answer ? answer : { restored: answer.done, failed: answer.failed };
}

/** The outcomes of a bulk call, from those of the repository. */
function outcomesOf(changed: ReadonlyMap<string, 'deleted' | 'trashed' | File | Refusal>): Outcomes {
  return new Map(
    [...changed].map(([id, outcome]) => [
      id,
      outcome === 'deleted' || outcome === 'trashed' || typeof outcome === 'object'
        ? ('done' as const)
        : (`file/${outcome}` as const),
    ]),
  );
}
