import { type BucketsAnswer, buckets } from '@bkend/storage-contract';
import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import type { FilesDeps } from './deps.ts';

/**
 * The files and bytes of the caller in each bucket, for admins those of the tenant; without the trash.
 * @throws `common/authentication-required`, `auth/scope-insufficient`
 */
export async function countBuckets(deps: Pick<FilesDeps, 'files'>, caller: Caller): Promise<BucketsAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:read');
  const { items, isExact } = await deps.files.buckets(caller);
  const counts = new Map(items.map((item) => [item.bucket, item]));
  const all = buckets.toSorted().map((name) => {
    const { files = 0, bytes = 0 } = counts.get(name) ?? {};
    return { name, files, bytes };
  });
  return { items: all, isExact };
}
