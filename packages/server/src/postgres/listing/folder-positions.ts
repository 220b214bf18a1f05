import { type RawBuilder, sql } from 'kysely';
import type { FolderFilter } from '../../files/listing/listing.ts';
import { isInFolder, rangeBelow } from './filter.ts';
import { columnsOf, inOrder, type List, merged, visibilityRows } from './positions.ts';
import { belongsTo } from './source-rows.ts';
import type { FileSource } from './visible-sources.ts';

/**
 * The first positions of a folder and all below it: those of each folder, which an index has in order, merged. The folders are
 * found by a loose index scan, which hops from one to the next past the files of each, so that the cost is that of the folders.
 */
export function positionsBelow(
  sources: readonly FileSource[],
  list: List,
  { folder, limit }: { readonly folder: FolderFilter; readonly limit: number },
): RawBuilder<unknown> {
  const positions = sources.map((source) => {
    const { columns, select, isBehind } = columnsOf(source, list);
    const { from, where, matches, parts, root } = partsOf(source, list, folder.path);
    const { from: first, to: end } = rangeBelow(folder.path);
    const nextPart = (isNext: RawBuilder<unknown>) => sql`
      select ${parts} ${from} where ${where} and ${isNext} and folder < ${end} order by ${parts} limit 1`;
    return sql`(
      with recursive below as (
        (${nextPart(sql`folder >= ${first}`)})
        union all
        select next.* from below, lateral (${nextPart(sql`(${parts}) > (${sql.raw(partNames(source, 'below'))})`)}) as next
      )
      select positions.id, positions.value
      from (${root} union all select * from below) as part, lateral (
        ${select} ${from} where ${where} and (${parts}) = (${sql.raw(partNames(source, 'part'))})
        and ${matches} ${isBehind} ${inOrder(list, columns)} limit ${sql.lit(limit)}
      ) as positions
    )`;
  });
  return merged(positions, list, limit);
}

/** Files that are read and sorted sooner than they are found in order. */
const few = 2_500;

/**
 * The first positions of a folder and all below it, where no source has more than 2,500 files there: all are read and sorted.
 * @param options.ofMany the positions where a source has more
 */
export function fewBelow(
  sources: readonly FileSource[],
  list: List,
  {
    folder,
    limit,
    ofMany,
  }: { readonly folder: FolderFilter; readonly limit: number; readonly ofMany: RawBuilder<unknown> },
): RawBuilder<unknown> {
  // In the order of folders, which keeps the planner from another index. What does not match counts, too: it is read.
  const rows = sources.map((source, number) => {
    const { columns, isBehind } = columnsOf(source, list);
    const { from, where, matches } = partsOf(source, list, folder.path);
    const table = source.kind === 'shared' ? 'shares' : 'files';
    return sql`(
      select ${sql.lit(number)} as source, id, value, is_match
      from (
        select ${columns.id} as id, ${columns.value} as value, (${matches} ${isBehind}) as is_match
        ${from} where ${where} ${isInFolder(folder, table)} order by folder limit ${sql.lit(few + 1)}
      ) as read
    )`;
  });
  return sql`
    with read as materialized (${sql.join(rows, sql` union all `)}),
    counted as materialized (
      select coalesce(max(files), 0) <= ${sql.lit(few)} as are_few
      from (select count(*) as files from read group by source) as of_source
    )
    (
      select id, value from read where is_match and (select are_few from counted) ${inOrder(list)} limit ${sql.lit(limit)}
    )
    union all
    (select id, value from (${ofMany}) as many where not (select are_few from counted))`;
}

/** The rows that an index has together: the files of one folder and visibility, or the shares in one folder. */
function partsOf(source: FileSource, { tenant }: List, path: string) {
  if (source.kind === 'shared') {
    const isOfOwner =
      source.ownerId === undefined
        ? sql`true`
        : sql`exists (
            select from bkend.files
            where files.tenant = shares.tenant and files.id = shares.file_id and files.owner_id = ${source.ownerId}
          )`;
    return {
      from: sql`from bkend.shares`,
      where: sql`tenant = ${tenant} and user_id = ${source.userId}`,
      matches: isOfOwner,
      parts: sql`folder`,
      root: sql`select ${path}::text collate "C" as folder`,
    };
  }
  return {
    from: sql`from bkend.files`,
    where: belongsTo(source, tenant),
    matches: sql`visibility in (${sql.join(source.visibilities.map((each) => sql.lit(each)))})`,
    parts: sql`folder, visibility`,
    root: sql`select ${path}::text collate "C" as folder, visibility from (values ${visibilityRows(source)}) as wanted (visibility)`,
  };
}

function partNames(source: FileSource, table: string): string {
  return source.kind === 'shared' ? `${table}.folder` : `${table}.folder, ${table}.visibility`;
}
