import { invalidParameters, type ListVersionsAnswer, type ListVersionsQuery } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../../identity/caller.ts';
import type { FilesDeps } from '../deps.ts';
import { getManageableFile } from '../get-file.ts';

/**
 * One page of the former contents of a file, the latest first.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `common/invalid-parameters`, `file/not-found`,
 * `file/access-denied`
 */
export async function listVersions(
  deps: Pick<FilesDeps, 'files' | 'versions'>,
  caller: Caller,
  { fileId, query }: { fileId: string; query: ListVersionsQuery },
): Promise<ListVersionsAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:read');
  const before = query.cursor === undefined ? undefined : readCursor(query.cursor);
  const file = await getManageableFile(deps, caller, fileId);
  const found = await deps.versions.list(file, { before, limit: query.limit + 1 });
  const page = found.slice(0, query.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ versionId, version, sizeBytes, mimeType, etag, createdAt, createdBy }) => ({
      versionId,
      version,
      size: sizeBytes,
      mimeType,
      etag,
      createdAt: createdAt.toISOString(),
      createdBy,
    })),
    ...(found.length > page.length && last !== undefined && { nextCursor: String(last.version) }),
  };
}

/** A cursor is the number of the last version of its page. @throws `common/invalid-parameters` */
function readCursor(cursor: string): number {
  if (/^[1-9]\d{0,8}$/.test(cursor)) return Number(cursor);
  throw invalidParameters([{ field: 'cursor', message: 'must be nextCursor of a list of versions' }]);
}
