import type { FacetsAnswer, FileFilterQuery } from '@bkend/storage-contract';
import { type Caller, requireScope } from '../../identity/caller.ts';
import type { FilesDeps } from '../deps.ts';
import { readFilter } from './read-filter.ts';

/**
 * The values that the files of a list have, each with the number of files: categories, visibilities, types, tags and months.
 * @throws `auth/scope-insufficient`, `common/invalid-parameters`, `file/invalid-folder`
 */
export async function countFacets(
  deps: Pick<FilesDeps, 'files' | 'limits'>,
  caller: Caller,
  query: FileFilterQuery,
): Promise<FacetsAnswer> {
  requireScope(caller, 'files:read');
  const { category, visibility, mimeType, tag, month, isExact } = await deps.files.facets(
    caller,
    readFilter(deps, query),
  );
  return {
    category: [...category],
    visibility: [...visibility],
    mimeType: [...mimeType],
    tag: [...tag],
    month: [...month],
    isExact,
  };
}
