import { maxListed } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { FileFilter } from '../../files/listing/listing.ts';
import type { FileRepository } from '../../files/ports.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Database } from '../database/database.ts';
import { wholeTenant } from '../usage/counted.ts';
import { countInFolder, hasStaleTotals, isInFolderTotals } from './count-in-folder.ts';
import { isNarrowedBySources } from './filter.ts';
import { belongsTo, matchingRows } from './source-rows.ts';
import { type FileSource, visibleSources } from './visible-sources.ts';

/**
 * The number of files the caller may see. Counts by visibility, owner and category are read from the usage, those of folders
 * from their totals: exact, at a cost that does not depend on the number of files. Counts by other conditions read the matches,
 * up to 100,000.
 */
export function countFiles(database: Database): FileRepository['count'] {
  return async (caller, filter) => {
    const sources = visibleSources(caller, filter);
    if (sources.length === 0) return { total: 0, isExact: true };
    if (isInUsage(filter)) {
      const counts = sources.map((source) => countOf(source, caller, filter));
      const [row] = await database.prepared(
        sql<{ files: number }>`select (${sql.join(counts, sql` + `)})::bigint as files`,
      );
      return { total: row?.files ?? 0, isExact: true };
    }
    const matches = countMatches(sources, caller, filter);
    if (isInFolderTotals(filter)) {
      const { folder } = filter;
      const counts = sources.map((source) => countInFolder(source, caller, { filter, folder }));
      const isStale = hasStaleTotals(caller.tenant);
      const [row] = await database.rows(sql<{ files: number; is_stale: boolean }>`
        select is_stale,
          case when is_stale then (${matches}) else (${sql.join(counts, sql` + `)})::bigint end as files
        from (select ${isStale} as is_stale) as stale`);
      const { files = 0, is_stale: areCounted = false } = row ?? {};
      return areCounted ? upToListed(files) : { total: files, isExact: true };
    }
    const [row] = await database.rows(sql<{ files: number }>`select (${matches}) as files`);
    return upToListed(row?.files ?? 0);
  };
}

/** The number of matches, read up to one more than is counted exactly. */
function countMatches(
  sources: readonly FileSource[],
  caller: Caller,
  filter: FileFilter,
): RawBuilder<number> {
  const matches = sources.map((source) => sql`(select 1 ${matchingRows(source, caller.tenant, filter)})`);
  return sql`
    select count(*) from (${sql.join(matches, sql` union all `)} limit ${sql.lit(maxListed + 1)}) as counted`;
}

function upToListed(found: number) {
  return { total: Math.min(found, maxListed), isExact: found <= maxListed };
}

/** Whether the filter has no conditions but those that usage is kept by. */
function isInUsage({ category: _, ...rest }: FileFilter): boolean {
  return isNarrowedBySources(rest);
}

function countOf(source: FileSource, caller: Caller, filter: FileFilter): RawBuilder<number> {
  if (source.kind === 'shared') {
    return sql`(select count(*) ${matchingRows(source, caller.tenant, filter)})`;
  }
  const { kind, visibilities } = source;
  const andOfCategory = filter.category === undefined ? sql`` : sql`and category = ${filter.category}`;
  const isCounted = sql`visibility in (${sql.join(visibilities.map((each) => sql.lit(each)))}) ${andOfCategory}`;
  return sql`(
    select coalesce(sum(files), 0) from (
      select files from bkend.usage_totals
      where ${belongsTo(kind === 'owner' ? source : { ...source, kind: 'owner', ownerId: wholeTenant }, caller.tenant)} and ${isCounted}
      union all
      select files from bkend.usage_deltas where ${belongsTo(source, caller.tenant)} and ${isCounted}
    ) as counted
  )`;
}
