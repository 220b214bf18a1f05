import type { OwnerType } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { FileFilter } from '../../files/listing/listing.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { filterConditions, isInFolder, isNarrowedBySources } from './filter.ts';
import { type FileSource, manageableSources } from './visible-sources.ts';

/** `from … where …`: the rows of `files`, or of `shares`, that a source has and that match the filter. */
export function matchingRows(source: FileSource, tenant: Tenant, filter: FileFilter): RawBuilder<unknown> {
  if (source.kind === 'shared') return sharedRows(source, tenant, filter);
  return sql`from bkend.files where ${isOfSource(source, tenant)} ${filterConditions(filter, 'to look up')}`;
}

/** Whether a row of `files` matches the filter and the caller may change it: the rows that `findManageable` finds. */
export function isManageableMatch(caller: Caller, filter: FileFilter): RawBuilder<boolean> {
  const sources = manageableSources(caller, filter).filter((source) => source.kind !== 'shared');
  if (sources.length === 0) return sql`false`;
  const ofSources = sources.map((source) => isOfSource(source, caller.tenant));
  return sql`(${sql.join(ofSources, sql` or `)}) ${filterConditions(filter, 'to check')}`;
}

function isOfSource(source: Exclude<FileSource, { kind: 'shared' }>, tenant: Tenant): RawBuilder<boolean> {
  const visibilities = source.visibilities.map((visibility) => sql.lit(visibility));
  return sql`${belongsTo(source, tenant)} and visibility in (${sql.join(visibilities)})`;
}

/** `from … where …` over `shares`; conditions on columns that `shares` lacks look at the file. */
export function sharedRows(
  source: Extract<FileSource, { kind: 'shared' }>,
  tenant: Tenant,
  { folder, ...filter }: FileFilter,
): RawBuilder<unknown> {
  const andInFolder = folder === undefined ? sql`` : isInFolder(folder, 'shares');
  const fromShares = sql`from bkend.shares where tenant = ${tenant} and user_id = ${source.userId} ${andInFolder}`;
  if (source.ownerId === undefined && isNarrowedBySources(filter)) return fromShares;
  const andOfOwner = source.ownerId === undefined ? sql`` : sql`and files.owner_id = ${source.ownerId}`;
  return sql`
    ${fromShares} and exists (
      select from bkend.files
      where files.tenant = shares.tenant and files.id = shares.file_id ${andOfOwner} ${filterConditions(filter, 'to check')}
    )`;
}

/** Whose files a source has: the tenant's, or one owner's. */
export type Whose =
  | { readonly kind: 'tenant' }
  | { readonly kind: 'owner'; readonly ownerId: string; readonly ownerType?: OwnerType };

/** Whether a row of `files` or of the usage tables belongs to the source's tenant and, if it has one, its owner. */
export function belongsTo(source: Whose, tenant: Tenant): RawBuilder<boolean> {
  if (source.kind === 'tenant') return sql`tenant = ${tenant}`;
  const andOfType =
    source.ownerType === undefined ? sql`` : sql`and owner_type = ${sql.lit(source.ownerType)}`;
  return sql`tenant = ${tenant} and owner_id = ${source.ownerId} ${andOfType}`;
}
