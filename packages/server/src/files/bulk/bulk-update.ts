import {
  type BulkChange,
  type BulkUpdateAnswer,
  type BulkUpdateRequest,
  invalidParameters,
} from '@bkend/storage-contract';
import type { Caller } from '../../identity/caller.ts';
import type { EnvironmentSettings } from '../../projects/settings-table.ts';
import type { FilesDeps } from '../deps.ts';
import type { File } from '../file.ts';
import { mergeMetadata, requireMetadata } from '../file-metadata.ts';
import { requireFolder } from '../folders/folder-path.ts';
import { requireTypeOfCategory } from '../mime-type.ts';
import { requireChangePolicy } from '../policy/require-policy.ts';
import type { FileChange } from '../ports.ts';
import { type CheckedIds, runBulk } from './run-bulk.ts';

type Deps = Pick<FilesDeps, 'files' | 'clock' | 'limits' | 'findSettings'>;

/**
 * Makes one change to many files. What a file does not allow, such as a category of another type or too many tags, is its failure
 * alone.
 * @throws `file/invalid-folder`, and as `runBulk` does
 */
export async function bulkUpdate(
  deps: Deps,
  caller: Caller,
  { set, ...selection }: BulkUpdateRequest & CheckedIds,
): Promise<BulkUpdateAnswer> {
  const answer = await runBulk(deps, caller, selection, {
    async apply(files) {
      requireChange(deps, selection, set);
      const settings = await deps.findSettings(caller.tenant);
      const changed = await deps.files.changeMany(caller, { ...files, at: deps.clock() }, (file) =>
        changeOf({ ...deps, settings }, file, set),
      );
      return new Map([...changed].map(([id, outcome]) => [id, outcome === 'changed' ? 'done' : outcome]));
    },
  });
  return 'remaining' in answer ? answer : { updated: answer.done, failed: answer.failed };
}

function requireChange({ limits }: Deps, { filter }: Partial<BulkUpdateRequest>, set: BulkChange): void {
  if (filter?.trash === true) {
    throw invalidParameters([{ field: 'filter.trash', message: 'takes files that must be restored first' }]);
  }
  if (set.folder !== undefined) requireFolder(set.folder, limits.maxNameBytes);
}

/** The change of one file; throws what the file does not allow. */
function changeOf(
  { limits, settings }: Pick<Deps, 'limits'> & { readonly settings: EnvironmentSettings },
  file: File,
  set: BulkChange,
): FileChange {
  const { visibility, category, folder, metadata: patch } = set;
  if (category !== undefined) requireTypeOfCategory(file.mimeType, category);
  requireChangePolicy(settings, file, set);
  const patched = patch === undefined ? file.metadata : mergeMetadata(file.metadata, patch);
  const tags = changedTags(patched.tags, set);
  const metadata = tags === patched.tags ? patched : mergeMetadata(patched, { tags: tags ?? null });
  if (metadata !== file.metadata) requireMetadata(metadata, limits);
  return {
    ...(visibility !== undefined && { visibility }),
    ...(category !== undefined && { category }),
    ...(folder !== undefined && { folder }),
    ...(metadata !== file.metadata && { metadata }),
  };
}

function changedTags(
  tags: readonly string[] | undefined,
  { addTags = [], removeTags = [] }: BulkChange,
): string[] | undefined {
  if (addTags.length === 0 && removeTags.length === 0) return tags as string[] | undefined;
  const removed = new Set(removeTags);
  const changed = [...new Set([...(tags ?? []), ...addTags])].filter((tag) => !removed.has(tag));
  return changed.length === 0 ? undefined : changed;
}
