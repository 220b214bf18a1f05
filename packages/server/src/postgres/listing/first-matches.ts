import { type RawBuilder, sql } from 'kysely';
import { filterConditions, isNarrowedBySources } from './filter.ts';
import { fewBelow, positionsBelow } from './folder-positions.ts';
import {
  allMatches,
  firstPositions,
  inOrder,
  isOfOneFolder,
  isOrderInFolders,
  type List,
} from './positions.ts';
import type { FileSource } from './visible-sources.ts';

/** Whether indexes have the list in its order, and nothing is left to check. */
export function isInIndexOrder(list: List): boolean {
  const { folder, ...rest } = list.filter;
  return isNarrowedBySources(rest) && (folder === undefined || isOfOneFolder(list));
}

/** Files read in order before fetching all matches is cheaper. */
const filesAhead = 500;

/**
 * The first positions that match a filter. The planner cannot estimate the number of matches, and with a wrong estimate it
 * reads the whole table in order to fill a page. So the next 500 files are read in order; where they do not fill the page,
 * all matches are fetched by the best index and sorted, or, of a folder and all below it, the first of each folder. At worst a
 * page costs as much as a count. Where only few files lie in a folder and below it, these are read before.
 */
export function firstMatches(
  sources: readonly FileSource[],
  list: List,
  needed: number,
): RawBuilder<unknown> {
  const { folder, ...rest } = list.filter;
  const isOfFolders = folder?.isRecursive === true && isNarrowedBySources(rest);
  if (!isOfFolders) return firstOfAll(sources, list, needed);
  return fewBelow(sources, list, { folder, limit: needed, ofMany: firstOfAll(sources, list, needed) });
}

function firstOfAll(sources: readonly FileSource[], list: List, needed: number): RawBuilder<unknown> {
  return sql`
    with ahead as materialized (
      select positions.id, positions.value
      from (${firstPositions(sources, list, Math.max(filesAhead, needed))}) as positions
      join bkend.files on files.tenant = ${list.tenant} and files.id = positions.id ${filterConditions(list.filter, 'to check')}
      ${inOrder(list, { value: sql`positions.value`, id: sql`positions.id` })} limit ${sql.lit(needed)}
    )
    select id, value from ahead where (select count(*) from ahead) = ${sql.lit(needed)}
    union all (
      select id, value from (${matchesBehind(sources, list, needed)}) as match
      where (select count(*) from ahead) < ${sql.lit(needed)}
      ${inOrder(list)} limit ${sql.lit(needed)}
    )`;
}

function matchesBehind(sources: readonly FileSource[], list: List, needed: number): RawBuilder<unknown> {
  const { folder, ...rest } = list.filter;
  const isOfFolders =
    folder?.isRecursive === true && isNarrowedBySources(rest) && isOrderInFolders(list.order);
  return isOfFolders ? positionsBelow(sources, list, { folder, limit: needed }) : allMatches(sources, list);
}
