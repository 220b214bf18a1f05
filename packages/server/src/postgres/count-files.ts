import { maxListed } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { FileCount, FileFilter } from '../files/ports.ts';
import type { Caller } from '../identity/caller.ts';
import type { Database } from './database.ts';
import { belongsTo, matchingRows } from './source-rows.ts';
import { wholeTenant } from './usage-ledger.ts';
import { type FileSource, visibleSources } from './visible-files.ts';

/**
 * How many files the caller may see. All, by visibility, by owner and by category is kept in the usage, exact at the same cost
 * however many there are; anything else is counted file by file, where the caller may look, up to the ceiling of lists.
 */
export async function countFiles(database: Database, caller: Caller, filter: FileFilter): Promise<FileCount> {
  const sources = visibleSources(caller, filter);
  if (sources.length === 0) return { total: 0, isExact: true };
  if (isKept(filter)) {
    const counts = sources.map((source) => countOf(source, caller, filter));
    const [row] = await database.prepared(
      sql<{ files: number }>`select (${sql.join(counts, sql` + `)})::bigint as files`,
    );
    return { total: row?.files ?? 0, isExact: true };
  }
  const matches = sources.map((source) => sql`(select 1 ${matchingRows(source, caller.tenant, filter)})`);
  const [row] = await database.rows(sql<{ files: number }>`
    select count(*) as files
    from (${sql.join(matches, sql` union all `)} limit ${sql.lit(maxListed + 1)}) as counted`);
  const found = row?.files ?? 0;
  return { total: Math.min(found, maxListed), isExact: found <= maxListed };
}

/** Whether the usage tells it: nothing but visibility, owner and category. */
function isKept({ visibility: _, ownerId: __, category: ___, ...rest }: FileFilter): boolean {
  return Object.keys(rest).length === 0;
}

function countOf(source: FileSource, caller: Caller, filter: FileFilter): RawBuilder<number> {
  if (source.kind === 'shared') {
    return sql`(select count(*) ${matchingRows(source, caller.tenant, filter)})`;
  }
  const { kind, visibilities } = source;
  const isOfCategory = filter.category === undefined ? sql`` : sql`and category = ${filter.category}`;
  const isCounted = sql`visibility in (${sql.join(visibilities.map((each) => sql.lit(each)))}) ${isOfCategory}`;
  return sql`(
    select coalesce(sum(files), 0) from (
      select files from bkend.usage_totals
      where ${belongsTo(kind === 'owner' ? source : { ...source, kind: 'owner', ownerId: wholeTenant }, caller.tenant)} and ${isCounted}
      union all
      select files from bkend.usage_deltas where ${belongsTo(source, caller.tenant)} and ${isCounted}
    ) as counted
  )`;
}
