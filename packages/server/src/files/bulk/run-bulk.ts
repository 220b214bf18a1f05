import {
  type BulkFilter,
  type BulkProgress,
  type ErrorCode,
  invalidParameters,
  maxBulk,
  StorageError,
} from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import { textOf } from '../answer-each.ts';
import type { FilesDeps } from '../deps.ts';
import { isFileId } from '../file.ts';
import type { FileFilter } from '../listing/listing.ts';
import { readFilter, readInstant } from '../listing/read-filter.ts';
import type { FoundFiles } from '../ports.ts';

/** Ids are checked one by one, so that a malformed one does not refuse the others. */
export interface CheckedIds {
  /** Throws the refusal of an id that is malformed. */
  readonly checkId?: (id: unknown) => void;
}

/** The files of a bulk call: `ids`, or those that a filter takes. */
export interface Selection extends CheckedIds {
  readonly ids?: string[];
  readonly filter?: BulkFilter;
  readonly expectedTotal?: number;
  readonly createdBefore?: string;
  readonly cursor?: string;
}

/** Outcomes by the ids that were asked for: `done`, or why the file stayed as it was. */
export type Outcomes = ReadonlyMap<string, 'done' | ErrorCode>;

interface BulkChange {
  /** Whether the filter takes files of the trash rather than others. */
  readonly trash?: true;
  apply(files: FoundFiles): Promise<Outcomes>;
}

/** Ids that a bulk call changed, and those that stayed as they were. */
export interface BulkOutcome {
  readonly done: string[];
  readonly failed: { id: string; code: string }[];
}

/**
 * Changes many files, each by itself: the failure of one does not keep the others. By filter it takes the next 1,000 files, in the
 * order of their ids, of those that match and that the caller may change.
 * @returns for ids the outcome of each; for a filter the progress
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/invalid-parameters`, `file/total-changed`
 */
export async function runBulk(
  deps: Pick<FilesDeps, 'files' | 'limits'>,
  caller: Caller,
  selection: Selection,
  change: BulkChange,
): Promise<BulkOutcome | BulkProgress> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const { ids, filter } = selection;
  if (ids !== undefined && filter === undefined) return changeNamed(ids, selection, change);
  if (filter !== undefined && ids === undefined) {
    return changeMatching(deps, caller, { ...selection, filter }, change);
  }
  throw invalidParameters([{ field: 'ids', message: 'is needed, or filter instead; not both' }]);
}

async function changeNamed(
  ids: readonly string[],
  selection: Selection,
  { apply }: BulkChange,
): Promise<BulkOutcome> {
  for (const field of ['expectedTotal', 'createdBefore', 'cursor'] as const) {
    if (selection[field] !== undefined) throw invalidParameters([{ field, message: 'belongs to filter' }]);
  }
  const answer: BulkOutcome = { done: [], failed: [] };
  const unique: string[] = [];
  for (const id of new Set(ids)) {
    const code = refusalOf(id, selection);
    if (code === undefined) unique.push(id);
    else answer.failed.push({ id: textOf(id), code });
  }
  const outcomes = await apply({ ids: unique.filter(isFileId).map((id) => id.toLowerCase()) });
  for (const id of unique) {
    const outcome = outcomes.get(id.toLowerCase()) ?? 'file/not-found';
    if (outcome === 'done') answer.done.push(id);
    else answer.failed.push({ id, code: outcome });
  }
  return answer;
}

function refusalOf(id: unknown, { checkId }: CheckedIds): ErrorCode | undefined {
  try {
    checkId?.(id);
    return undefined;
  } catch (error) {
    if (error instanceof StorageError) return error.code;
    throw error;
  }
}

async function changeMatching(
  deps: Pick<FilesDeps, 'files' | 'limits'>,
  caller: Caller,
  selection: Selection & { readonly filter: BulkFilter },
  { trash, apply }: BulkChange,
): Promise<BulkProgress> {
  const { expectedTotal, cursor } = selection;
  requireExactFilter(selection.filter);
  if (cursor !== undefined && !isFileId(cursor)) {
    throw invalidParameters([{ field: 'cursor', message: 'must be nextCursor of the call before' }]);
  }
  const matching = filterOf(deps, selection, trash);
  const { ids, total } = await deps.files.findManageable(caller, {
    filter: matching,
    limit: maxBulk,
    ...(cursor !== undefined && { after: cursor }),
  });
  if (expectedTotal !== undefined && expectedTotal !== total) {
    throw new StorageError(
      'file/total-changed',
      `The filter takes ${total} files, and ${expectedTotal} were expected. Nothing was done.`,
      { details: { expectedTotal, total } },
    );
  }
  const outcomes = await apply({ ids, matching });
  const failed = ids.flatMap((id) => {
    const code = outcomes.get(id) ?? 'file/not-found';
    // Another caller has meanwhile removed it, or changed it so that the filter does not take it.
    return code === 'done' || code === 'file/not-found' ? [] : [{ id, code }];
  });
  const remaining = total - ids.length;
  const last = ids.at(-1);
  return {
    done: ids.filter((id) => outcomes.get(id) === 'done').length,
    failed,
    remaining,
    ...(remaining > 0 && last !== undefined && { nextCursor: last }),
  };
}

/** Refuses a field that is empty, which a list passes over: here it would take more files than were meant. The empty folder is the root. */
function requireExactFilter(filter: BulkFilter): void {
  const empty = Object.entries(filter).filter(([field, value]) => value === '' && field !== 'folder');
  const issues = [
    ...empty.map(([field]) => ({ field: `filter.${field}`, message: 'must not be empty' })),
    ...(filter.recursive === true && filter.folder === undefined
      ? [{ field: 'filter.recursive', message: 'belongs to folder' }]
      : []),
  ];
  if (issues.length > 0) throw invalidParameters(issues);
}

function filterOf(
  deps: Pick<FilesDeps, 'limits'>,
  { filter, createdBefore }: Selection & { readonly filter: BulkFilter },
  trash: true | undefined,
): FileFilter {
  const asked = readFilter(deps, filter, 'filter.');
  const inTrash = trash === undefined ? asked : { ...asked, trash };
  if (createdBefore === undefined) return inTrash;
  const instant = readInstant('createdBefore', createdBefore);
  const isEarlier = asked.createdBefore !== undefined && asked.createdBefore < instant;
  return isEarlier ? inTrash : { ...inTrash, createdBefore: instant };
}
