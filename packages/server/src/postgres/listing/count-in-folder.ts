import { ownerTypes } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { FileFilter, FolderFilter } from '../../files/listing/listing.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { behindSeparator, folderKey, wholeTenant } from '../usage/counted.ts';
import { isInFolder, isNarrowedBySources } from './filter.ts';
import { belongsTo, matchingRows } from './source-rows.ts';
import type { FileSource } from './visible-sources.ts';

/** Whether the filter has no conditions but those that totals of folders are kept by. */
export function isInFolderTotals(
  filter: FileFilter,
): filter is FileFilter & { readonly folder: FolderFilter } {
  const { folder, ...rest } = filter;
  return folder !== undefined && isNarrowedBySources(rest);
}

/** The number of a source's files in a folder, from the totals of folders and the deltas that are not folded yet. */
export function countInFolder(
  source: FileSource,
  caller: Caller,
  { filter, folder }: { readonly filter: FileFilter; readonly folder: FolderFilter },
): RawBuilder<number> {
  const { tenant } = caller;
  if (source.kind === 'shared') return sql`(select count(*) ${matchingRows(source, tenant, filter)})`;
  const andVisible = sql`and visibility in (${sql.join(source.visibilities.map((each) => sql.lit(each)))})`;
  return sql`(
    select coalesce(sum(files), 0) from (
      select files from bkend.folder_totals
      where tenant = ${tenant} ${andOfTotals(source)} ${andVisible} ${isTotalOf(folder)}
      union all
      select files from bkend.usage_deltas as files
      where ${belongsTo(source, tenant)} ${andVisible} ${isInFolder(folder, 'files')}
    ) as counted
  )`;
}

/**
 * Whether totals of folders are left to be rebuilt, because processes of an earlier version have changed files: until then
 * files are counted one by one.
 */
export function hasStaleTotals(tenant: Tenant): RawBuilder<boolean> {
  return sql`(
    exists (select from bkend.stale_totals where tenant = ${tenant})
    or exists (select from bkend.usage_deltas where tenant = ${tenant} and mime_type is null)
  )`;
}

function andOfTotals(source: Exclude<FileSource, { kind: 'shared' }>): RawBuilder<unknown> {
  if (source.kind === 'tenant') return sql`and owner_id = ${wholeTenant} and owner_type = ''`;
  // Each type by its name, since the index has the type in front of the folder.
  const types = source.ownerType === undefined ? ownerTypes : [source.ownerType];
  return sql`and owner_id = ${source.ownerId} and owner_type in (${sql.join(types.map((type) => sql.lit(type)))})`;
}

function isTotalOf({ path, isRecursive }: FolderFilter): RawBuilder<unknown> {
  const key = folderKey(path);
  return isRecursive
    ? sql`and folder >= ${key} and folder < ${key + behindSeparator}`
    : sql`and folder = ${key}`;
}
