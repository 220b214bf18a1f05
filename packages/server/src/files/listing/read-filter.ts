import { type FileFilterQuery, invalidParameters, type Limits } from '@bkend/storage-contract';
import type { FilesDeps } from '../deps.ts';
import { requireFolder } from '../folders/folder-path.ts';
import type { FileFilter } from './listing.ts';

/** The folder that names the root in a query, where an empty value counts as absent. */
const root = '/';

/**
 * Reads the conditions of a list.
 * @param prefix of the fields that a refusal names
 * @throws `common/invalid-parameters`, `file/invalid-folder`
 */
export function readFilter(
  { limits }: Pick<FilesDeps, 'limits'>,
  query: FileFilterQuery,
  prefix: '' | 'filter.' = '',
): FileFilter {
  const { visibility, ownerId, ownerType, bucket, category, mimeType, search, tag } = query;
  for (const [field, text] of Object.entries({ ownerId, mimeType, search, tag })) {
    if (text !== undefined && (text.includes('\0') || !text.isWellFormed())) {
      throw invalidParameters([
        { field: `${prefix}${field}`, message: 'holds characters that cannot be stored' },
      ]);
    }
  }
  return {
    ...readFolder(query, limits),
    ...(query.trash === true && { trash: true as const }),
    ...(query.mine && { isOwn: true as const }),
    ...(visibility && { visibility }),
    ...(ownerId && { ownerId }),
    ...(ownerType && { ownerType }),
    ...(bucket && { bucket }),
    ...(category && { category }),
    ...(mimeType && mimeType !== '*/*' && { mimeType: mimeType.toLowerCase() }),
    ...(search && { search }),
    ...(tag && { tag }),
    ...(query.createdAfter && { createdAfter: readInstant(`${prefix}createdAfter`, query.createdAfter) }),
    ...(query.createdBefore && { createdBefore: readInstant(`${prefix}createdBefore`, query.createdBefore) }),
    ...(query.minSize !== undefined && { minSizeBytes: query.minSize }),
    ...(query.maxSize !== undefined && { maxSizeBytes: query.maxSize }),
  };
}

function readFolder(
  { folder, recursive = false }: FileFilterQuery,
  { maxNameBytes }: Limits,
): Pick<FileFilter, 'folder'> {
  if (folder === undefined || (folder === root && recursive)) return {};
  const path = folder === root ? '' : folder;
  requireFolder(path, maxNameBytes);
  return { folder: { path, isRecursive: recursive } };
}

/** The schema lets leap seconds pass, which `Date` does not have. */
export function readInstant(field: string, text: string): Date {
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime())) return instant;
  throw invalidParameters([{ field, message: 'must be an instant such as 2026-01-31T09:00:00Z' }]);
}
