import {
  type Category,
  categories,
  type UsageAnswer,
  type UsageCount,
  type UsageQuery,
  type Visibility,
  visibilities,
} from '@bkend/storage-contract';
import { type Caller, requireAdmin, requireScope, requireSignedIn } from '../identity/caller.ts';
import type { EnvironmentSettings } from '../projects/settings-table.ts';
import { ownerFor } from './access.ts';
import type { FilesDeps } from './deps.ts';
import type { Owner } from './file.ts';

/**
 * How many files and bytes the caller has or, with `scope=tenant` for an admin, the whole tenant.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/access-denied`
 */
export async function readUsage(
  deps: Pick<FilesDeps, 'usage' | 'findSettings'>,
  caller: Caller,
  query: UsageQuery,
): Promise<UsageAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:read');
  const ofTenant = query.scope === 'tenant';
  if (ofTenant) requireAdmin(caller);
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
  const trash = zero();
  const versions = { count: 0, bytes: 0 };
  for (const row of rows) {
    if (row.category === undefined) {
      versions.count += row.files;
      versions.bytes += row.bytes;
      all.bytes += row.bytes;
      continue;
    }
    const group = row.visibility === undefined ? trash : byVisibility[row.visibility];
    for (const count of [all, byCategory[row.category], group]) {
      count.files += row.files;
      count.bytes += row.bytes;
    }
  }
  const quota = quotaOf(await deps.findSettings(caller.tenant), ofTenant ? undefined : ownerFor(caller));
  return { ...all, byCategory, byVisibility, trash, versions, ...(quota && { quota }) };
}

/** Files that a secret key alone uploads count for no owner. */
function quotaOf(settings: EnvironmentSettings, owner: Owner | undefined): UsageAnswer['quota'] {
  const isOwners = owner !== undefined;
  if (owner?.ownerType === 'service') return undefined;
  const files = settings[isOwners ? 'quotas.userFiles' : 'quotas.files'];
  const bytes = settings[isOwners ? 'quotas.userBytes' : 'quotas.bytes'];
  if (files === undefined && bytes === undefined) return undefined;
  return { ...(files !== undefined && { files }), ...(bytes !== undefined && { bytes }) };
}
