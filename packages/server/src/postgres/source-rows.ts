import { type RawBuilder, sql } from 'kysely';
import type { FileFilter } from '../files/ports.ts';
import type { Tenant } from '../identity/tenant.ts';
import { filterConditions, isNarrowedBySources } from './file-filter.ts';
import type { FileSource } from './visible-files.ts';

/** `from` and `where`: the rows of `files`, or of `shares`, that a source holds and that fit the filter. */
export function matchingRows(source: FileSource, tenant: Tenant, filter: FileFilter): RawBuilder<unknown> {
  if (source.kind === 'shared') return sharedRows(source, tenant, filter);
  const visibilities = source.visibilities.map((visibility) => sql.lit(visibility));
  return sql`
    from bkend.files
    where ${belongsTo(source, tenant)} and visibility in (${sql.join(visibilities)})
    ${filterConditions(filter, 'to look up')}`;
}

/** Rows of `shares`; what those do not know, their files are asked. */
export function sharedRows(
  source: Extract<FileSource, { kind: 'shared' }>,
  tenant: Tenant,
  filter: FileFilter,
): RawBuilder<unknown> {
  const isTheirs = sql`from bkend.shares where tenant = ${tenant} and user_id = ${source.userId}`;
  if (source.ownerId === undefined && isNarrowedBySources(filter)) return isTheirs;
  const isOwners = source.ownerId === undefined ? sql`` : sql`and files.owner_id = ${source.ownerId}`;
  return sql`
    ${isTheirs} and exists (
      select from bkend.files
      where files.tenant = shares.tenant and files.id = shares.file_id ${isOwners} ${filterConditions(filter, 'to check')}
    )`;
}

/** Whether a row of `files`, or of the usage, is the tenant's or, when the source is of an owner, the owner's. */
export function belongsTo(
  source: Exclude<FileSource, { kind: 'shared' }>,
  tenant: Tenant,
): RawBuilder<boolean> {
  if (source.kind === 'tenant') return sql`tenant = ${tenant}`;
  const isOfType =
    source.ownerType === undefined ? sql`` : sql`and owner_type = ${sql.lit(source.ownerType)}`;
  return sql`tenant = ${tenant} and owner_id = ${source.ownerId} ${isOfType}`;
}
