import { maxFacetValues } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { Facets, FileFilter } from '../../files/listing/listing.ts';
import type { FileRepository } from '../../files/ports.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Database } from '../database/database.ts';
import { trashed, unscanned } from '../files/file-row.ts';
import { allFolders, countedFacets, countedOfFiles, facetsOf } from '../usage/counted.ts';
import { hasStaleTotals } from './count-in-folder.ts';
import { isCounted, isDeltaOf, isOneOf, isTotalOf } from './counted-sources.ts';
import { filterConditions, isNarrowedBySources } from './filter.ts';
import { firstPositions } from './positions.ts';
import { matchingRows, sharedRows } from './source-rows.ts';
import { type FileSource, visibleSources } from './visible-sources.ts';

interface FacetRow {
  readonly facet: keyof Omit<Facets, 'isExact'>;
  readonly value: string;
  readonly files: number;
}

/** Time to count all matches, and then to count those among the latest files: 300 ms together. */
export const timesMilliseconds = { all: 220, latest: 80 };
const latestFiles = 5_000;

/**
 * The facets of the files that the caller may see. Without a filter, of one owner and of one folder they are read from totals.
 * With any other filter all matches are counted, or, when that takes too long, those among the latest files.
 */
export function countFacets(database: Database, times = timesMilliseconds): FileRepository['facets'] {
  return async (caller, filter) => {
    const sources = visibleSources(caller, filter);
    if (sources.length === 0) return facetsFrom([], true);
    const { tenant } = caller;
    if (isInFacetTotals(filter)) {
      const rows = await database.prepared(sql<FacetRow & { is_stale: boolean }>`
        select facets.*, ${hasStaleTotals(tenant)} as is_stale
        from (${facetsStatement(totalsOf(sources, tenant, filter))}) as facets`);
      return facetsFrom(rows, rows[0]?.is_stale !== true);
    }
    const all = facetsStatement(countsOf(matchesOf(sources, tenant, filter)));
    const exact = await database.rowsWithin(times.all, all);
    if (exact !== undefined) return facetsFrom(exact, true);
    const latest = facetsStatement(countsOf(latestOf(sources, caller, filter)));
    return facetsFrom((await database.rowsWithin(times.latest, latest)) ?? [], false);
  };
}

/** Whether the filter has no conditions but those that totals of facets are kept by. */
function isInFacetTotals({ folder, ...rest }: FileFilter): boolean {
  return folder?.isRecursive !== true && rest.trash !== true && isNarrowedBySources(rest);
}

function facetsFrom(rows: readonly FacetRow[], isExact: boolean): Facets {
  const of = (facet: FacetRow['facet']) =>
    rows.filter((row) => row.facet === facet).map(({ value, files }) => ({ value, files }));
  // A category or visibility is stored as one of its type.
  return {
    category: of('category') as Facets['category'],
    visibility: of('visibility') as Facets['visibility'],
    mimeType: of('mimeType'),
    tag: of('tag'),
    month: of('month'),
    isExact,
  };
}

/** @param counts `select facet, value, visibility, files …`, several rows of one value */
function facetsStatement(counts: RawBuilder<unknown>): RawBuilder<FacetRow> {
  return sql<FacetRow>`
    with counts (facet, value, visibility, files) as materialized (
      select facet, value, visibility, sum(files)
      from (${counts}) as count (facet, value, visibility, files)
      group by facet, value, visibility
    ),
    facets as (
      select facet, value, sum(files)::bigint as files from counts group by facet, value
      union all
      -- Every file has one category. Before its scan a file is in the lists of no visibility.
      select 'visibility', visibility, sum(files)::bigint from counts
      where facet = 'category' and visibility <> ${sql.lit(unscanned)} group by visibility
    )
    select facet, value, files
    from (
      select *, row_number() over (partition by facet order by files desc, value) as rank from facets where files > 0
    ) as ranked
    where facet = 'month' or rank <= ${sql.lit(maxFacetValues)}
    order by case when facet = 'month' then value end desc, rank`;
}

/** Totals, deltas that are not folded yet, and the files that are shared with the caller, of which no totals are kept. */
function totalsOf(sources: readonly FileSource[], tenant: Tenant, filter: FileFilter): RawBuilder<unknown> {
  const { folder } = filter;
  const parts = sources.flatMap((source) => {
    if (!isCounted(source)) return [countsOf(matchesOf([source], tenant, filter))];
    const andInFolder = folder === undefined ? sql`` : sql`and folder = ${folder.path}`;
    return [
      sql`
        select facet, value, visibility, files from bkend.facet_totals
        where ${isTotalOf(source, tenant)} and folder = ${folder?.path ?? allFolders}
          and visibility ${isOneOf(source.visibilities)}`,
      sql`
        select facet, value, visibility, files from bkend.usage_deltas, ${facetsOf()}
        where ${isDeltaOf(source, tenant)} ${andInFolder}`,
    ];
  });
  return sql.join(parts, sql` union all `);
}

/** The visibility by which filters find a row of `files`, in the trash, too. */
const ownVisibility = sql`
  case when visibility = ${sql.lit(trashed)} then coalesce(visibility_before_trash, 'private') else visibility end`;

/** Each facet is counted by itself: far faster than to list all values of each file. @param matches rows of `files` */
function countsOf(matches: RawBuilder<unknown>): RawBuilder<unknown> {
  const counts = countedFacets.map(
    (facet) => sql`
      select facet, value, own_visibility, count(*) from match, ${facetsOf([facet])} group by facet, value, own_visibility`,
  );
  return sql`
    select * from (
      with match as materialized (
        select ${countedOfFiles}, ${ownVisibility} as own_visibility from (${matches}) as match
      )
      ${sql.join(counts, sql` union all `)}
    ) as counts`;
}

/** All files in these sources that match the filter. */
export function matchesOf(
  sources: readonly FileSource[],
  tenant: Tenant,
  filter: FileFilter,
): RawBuilder<unknown> {
  const matches = sources.map((source) =>
    source.kind === 'shared'
      ? sql`
        select files.* from bkend.files
        where tenant = ${tenant} and id in (select file_id ${sharedRows(source, tenant, filter)})`
      : sql`select files.* ${matchingRows(source, tenant, filter)}`,
  );
  return sql.join(matches, sql` union all `);
}

/** The files that match the filter among the latest in these sources. */
export function latestOf(
  sources: readonly FileSource[],
  { tenant }: Caller,
  filter: FileFilter,
): RawBuilder<unknown> {
  const list = { tenant, filter, order: { by: 'createdAt', direction: 'desc' } } as const;
  return sql`
    select files.* from (${firstPositions(sources, list, latestFiles)}) as positions
    join bkend.files on files.tenant = ${tenant} and files.id = positions.id ${filterConditions(filter, 'to check')}`;
}
