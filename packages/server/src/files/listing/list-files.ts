import {
  invalidParameters,
  type ListFilesAnswer,
  type ListFilesQuery,
  type ListPositionsAnswer,
  type ListPositionsQuery,
  maxListed,
  maxPageFiles,
  maxPositionsWalked,
} from '@bkend/storage-contract';
import { type Caller, requireScope } from '../../identity/caller.ts';
import type { FilesDeps } from '../deps.ts';
import { viewFile } from '../view-file.ts';
import { positionOf, readCursor, writeCursor } from './list-cursor.ts';
import type { FileOrder } from './listing.ts';
import { readFilter } from './read-filter.ts';

/**
 * One page of the files the caller may see, and their number.
 * @throws `auth/scope-insufficient`, `common/invalid-parameters`, `file/invalid-folder`
 */
export async function listFiles(
  deps: Pick<FilesDeps, 'files' | 'imageUrl' | 'limits'>,
  caller: Caller,
  query: ListFilesQuery,
): Promise<ListFilesAnswer> {
  requireScope(caller, 'files:read');
  const { page, limit } = query;
  const order: FileOrder = { by: query.sortBy, direction: query.sortDirection };
  const filter = readFilter(deps, query);
  const start =
    query.cursor === undefined
      ? { offset: requireOffset(page, limit) }
      : { after: readCursor(query.cursor, order) };

  const [found, { total, isExact }] = await Promise.all([
    deps.files.list(caller, { filter, order, limit: limit + 1, ...start }),
    deps.files.count(caller, filter),
  ]);
  const files = found.slice(0, limit);
  const last = files.at(-1);
  const hasNextPage = found.length > limit;
  return {
    items: files.map((file) => viewFile(deps, caller, file)),
    pagination: {
      total,
      ...(!isExact && { totalIsExact: false as const }),
      page,
      limit,
      totalPages: Math.ceil(total / limit),
      hasNextPage,
      hasPrevPage: page > 1 || query.cursor !== undefined,
      ...(hasNextPage && last !== undefined && { nextCursor: writeCursor(order, positionOf(last, order)) }),
    },
  };
}

/**
 * The positions of every `step`-th file of such a list, as cursors. One request walks through at most 10,000 files.
 * @throws `auth/scope-insufficient`, `common/invalid-parameters`, `file/invalid-folder`
 */
export async function listPositions(
  deps: Pick<FilesDeps, 'files' | 'limits'>,
  caller: Caller,
  query: ListPositionsQuery,
): Promise<ListPositionsAnswer> {
  requireScope(caller, 'files:read');
  const { step, cursor } = query;
  const order: FileOrder = { by: query.sortBy, direction: query.sortDirection };
  const limit = Math.floor(maxPositionsWalked / step);
  const positions = await deps.files.positions(caller, {
    ...{ filter: readFilter(deps, query), order, step, limit },
    ...(cursor !== undefined && { after: readCursor(cursor, order) }),
  });
  const cursors = positions.map((position) => writeCursor(order, position));
  const nextCursor = cursors[limit - 1];
  return { cursors, ...(nextCursor !== undefined && { nextCursor }) };
}

/** The files before a page cost as much as those on it: offsets end at 100,000, cursors do not. */
function requireOffset(page: number, limit: number): number {
  if (limit > maxPageFiles.byNumber) {
    throw invalidParameters([
      { field: 'limit', message: `must be at most ${maxPageFiles.byNumber} without cursor` },
    ]);
  }
  if (page * limit <= maxListed) return (page - 1) * limit;
  throw invalidParameters([
    {
      field: 'page',
      message: `times limit must be at most ${maxListed}: read on with cursor, from pagination.nextCursor`,
    },
  ]);
}
