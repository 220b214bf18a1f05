import {
  type Category,
  categories,
  type UsageAnswer,
  type UsageCount,
  type UsageQuery,
  type Visibility,
  visibilities,
} from '@bkend/storage-contract';
import { type Caller, requireScope, requireUser } from '../identity/caller.ts';
import { accessDenied } from './access.ts';
import type { FilesDeps } from './deps.ts';
import { ownerFor } from './upload.ts';

/**
 * How many files and bytes the caller has or, with `scope=tenant` for an admin, the whole tenant.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/access-denied`
 */
export async function readUsage(
  deps: Pick<FilesDeps, 'usage'>,
  caller: Caller,
  query: UsageQuery,
): Promise<UsageAnswer> {
  requireUser(caller);
  requireScope(caller, 'files:read');
  const ofTenant = query.scope === 'tenant';
  if (ofTenant && caller.kind !== 'admin') throw accessDenied();
  const rows = ofTenant
    ? await deps.usage.read(caller.tenant)
    : await deps.usage.read(caller.tenant, ownerFor(caller));

  const zero = (): UsageCount => ({ files: 0, bytes: 0 });
  // Object.fromEntries forgets the names of the keys; they are all there, each from its list.
  const byCategory = Object.fromEntries(categories.map((name) => [name, zero()])) as Record<
    Category,
    UsageCount
  >;
  const byVisibility = Object.fromEntries(visibilities.map((name) => [name, zero()])) as Record<
    Visibility,
    UsageCount
  >;
  const all = zero();
  for (const row of rows) {
    for (const count of [all, byCategory[row.category], byVisibility[row.visibility]]) {
      count.files += row.files;
      count.bytes += row.bytes;
    }
  }
  return { ...all, byCategory, byVisibility };
}
