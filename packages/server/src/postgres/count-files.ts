import { type RawBuilder, sql } from 'kysely';
import type { FileFilter } from '../files/ports.ts';
import type { Caller } from '../identity/caller.ts';
import type { Database } from './database.ts';
import { belongsTo, matchingRows } from './source-rows.ts';
import { wholeTenant } from './usage-ledger.ts';
import { type FileSource, visibleSources } from './visible-files.ts';

/**
 * How many files the caller may see, exactly. All, by visibility, by owner and by category is kept in the usage, and
 * costs the same however many there are; anything else is counted file by file, where the caller may look.
 */
export async function countFiles(database: Database, caller: Caller, filter: FileFilter): Promise<number> {
  const counts = visibleSources(caller, filter).map((source) => countOf(source, caller, filter));
  if (counts.length === 0) return 0;
  const statement = sql<{ files: number }>`select (${sql.join(counts, sql` + `)})::bigint as files`;
  const [row] = await (isKept(filter) ? database.prepared(statement) : database.rows(statement));
  return row?.files ?? 0;
}

/** Whether the usage tells it: nothing but visibility, owner and category. */
function isKept({ visibility: _, ownerId: __, category: ___, ...rest }: FileFilter): boolean {
  return Object.keys(rest).length === 0;
}

function countOf(source: FileSource, caller: Caller, filter: FileFilter): RawBuilder<number> {
  if (source.kind === 'shared' || !isKept(filter)) {
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
