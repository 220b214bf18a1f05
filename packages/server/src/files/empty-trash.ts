import type { EmptyTrashAnswer, EmptyTrashQuery } from '@bkend/storage-contract';
import { type Caller, requireAdmin, requireScope, requireSignedIn } from '../identity/caller.ts';
import { ownerFor } from './access.ts';
import type { FilesDeps } from './deps.ts';

/** Files that one request deletes; what is more is deleted by a job. */
const batchSize = 1_000;

/**
 * Deletes for good what is in the caller's trash or, with `scope=tenant` for an admin, in that of the whole tenant: 1,000
 * files at once, and the rest in the background, whatever becomes of this process.
 * @throws `common/authentication-required`, `auth/scope-insufficient`, `file/access-denied`
 */
export async function emptyTrash(
  deps: Pick<FilesDeps, 'files' | 'usage' | 'clock'>,
  caller: Caller,
  { scope }: EmptyTrashQuery,
): Promise<EmptyTrashAnswer> {
  requireSignedIn(caller);
  requireScope(caller, 'files:write');
  const ofTenant = scope === 'tenant';
  if (ofTenant) requireAdmin(caller);
  const { tenant } = caller;
  const owner = ofTenant ? undefined : ownerFor(caller);
  const { removed, isDone } = await deps.files.emptyTrash(
    { tenant, ...(owner && { owner }) },
    { at: deps.clock(), limit: batchSize },
  );
  if (isDone) return { done: removed, remaining: 0 };
  const rows = await deps.usage.read(tenant, owner);
  const remaining = rows.reduce((sum, row) => (row.visibility === undefined ? sum + row.files : sum), 0);
  return { done: removed, remaining };
}
