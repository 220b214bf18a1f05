import {
  invalidParameters,
  type ListFilesAnswer,
  type ListFilesQuery,
  maxListed,
} from '@bkend/storage-contract';
import { type Caller, requireScope } from '../identity/caller.ts';
import type { FilesDeps } from './deps.ts';
import { readCursor, writeCursor } from './list-cursor.ts';
import type { FileFilter, FileOrder } from './ports.ts';
import { viewFile } from './view-file.ts';

/**
 * One page of the files the caller may see, and how many there are.
 * @throws `auth/scope-insufficient`, `common/invalid-parameters`
 */
export async function listFiles(
  deps: Pick<FilesDeps, 'files' | 'imageUrl'>,
  caller: Caller,
  query: ListFilesQuery,
): Promise<ListFilesAnswer> {
  requireScope(caller, 'files:read');
  const { page, limit } = query;
  const order: FileOrder = { by: query.sortBy, direction: query.sortDirection };
  const filter = readFilter(query);
  const place =
    query.cursor === undefined
      ? { offset: requireOffset(page, limit) }
      : { after: readCursor(query.cursor, order) };

  const [found, { total, isExact }] = await Promise.all([
    deps.files.list(caller, { filter, order, limit: limit + 1, ...place }),
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
      ...(hasNextPage && last !== undefined && { nextCursor: writeCursor(order, last) }),
    },
  };
}

/** What lies before a page costs as much as what is on it. */
function requireOffset(page: number, limit: number): number {
  if (page * limit <= maxListed) return (page - 1) * limit;
  throw invalidParameters([
    {
      field: 'query.page',
      message: `times limit must be at most ${maxListed}: read on with cursor, from pagination.nextCursor`,
    },
  ]);
}

function readFilter(query: ListFilesQuery): FileFilter {
  const { visibility, ownerId, ownerType, bucket, category, mimeType, search, tag } = query;
  for (const [field, text] of Object.entries({ ownerId, mimeType, search, tag })) {
    if (text !== undefined && (text.includes('\0') || !text.isWellFormed())) {
      throw invalidParameters([
        { field: `query.${field}`, message: 'holds characters that cannot be stored' },
      ]);
    }
  }
  return {
    ...(visibility && { visibility }),
    ...(ownerId && { ownerId }),
    ...(ownerType && { ownerType }),
    ...(bucket && { bucket }),
    ...(category && { category }),
    ...(mimeType && mimeType !== '*/*' && { mimeType: mimeType.toLowerCase() }),
    ...(search && { search }),
    ...(tag && { tag }),
    ...(query.createdAfter && { createdAfter: readInstant('createdAfter', query.createdAfter) }),
    ...(query.createdBefore && { createdBefore: readInstant('createdBefore', query.createdBefore) }),
    ...(query.minSize !== undefined && { minSizeBytes: query.minSize }),
    ...(query.maxSize !== undefined && { maxSizeBytes: query.maxSize }),
  };
}

/** Its schema also lets a leap second pass, which no calendar of ours has. */
function readInstant(field: string, text: string): Date {
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime())) return instant;
  throw invalidParameters([
    { field: `query.${field}`, message: 'must be an instant such as 2026-01-31T09:00:00Z' },
  ]);
}
