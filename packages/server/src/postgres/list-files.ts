import { type RawBuilder, sql } from 'kysely';
import type { File } from '../files/file.ts';
import type { FilePageRequest } from '../files/ports.ts';
import type { Caller } from '../identity/caller.ts';
import type { Database } from './database.ts';
import { filterConditions, isNarrowedBySources } from './file-filter.ts';
import { allMatches, firstPlaces, inOrder, type List } from './file-places.ts';
import { type FileRow, fileColumns, readFile } from './files/file-row.ts';
import { type FileSource, visibleSources } from './visible-files.ts';

/**
 * A page is merged from the first places of each source, and each source is read in order from an index of its own: what
 * a page costs does not depend on how many files there are, nor on whose they are.
 */
export async function listFiles(
  database: Database,
  caller: Caller,
  request: FilePageRequest,
): Promise<File[]> {
  const sources = visibleSources(caller, request.filter);
  if (sources.length === 0) return [];
  const { limit, offset = 0 } = request;
  const list = { ...request, tenant: caller.tenant };
  const isPlain = isNarrowedBySources(request.filter);
  const needed = isPlain && offset === 0 ? roundUp(limit) : limit + offset;
  const places = isPlain ? firstPlaces(sources, list, needed) : firstMatches(sources, list, needed);
  const page = sql<FileRow>`
    select ${fileColumns}
    from (
      select id, value from (${places}) as place ${inOrder(list)} limit ${limit} offset ${offset}
    ) as page
    join bkend.files on files.tenant = ${caller.tenant} and files.id = page.id
    ${inOrder(list, { value: sql`page.value`, id: sql`page.id` })}`;
  // The planner must see what a filter asks for, to choose how to find what matches.
  const rows = await (isPlain && offset === 0 ? database.prepared(page) : database.rows(page));
  return rows.map(readFile);
}

/** Limits are written out in statements, so they come in few sizes: there are few statements to prepare. */
function roundUp(limit: number): number {
  return [25, 101].find((size) => size >= limit) ?? limit;
}

/** How many files are looked at in order before it is cheaper to fetch all that match. */
const filesAhead = 500;

/**
 * How many files match is anybody's guess, the planner's too, and a wrong guess reads the whole table in order to fill a
 * page. So the next few hundred are looked at in order; where they do not fill the page, all that match are fetched, in
 * the best way to fetch them all, and sorted. At worst a page costs what counting costs.
 */
function firstMatches(sources: readonly FileSource[], list: List, needed: number): RawBuilder<unknown> {
  return sql`
    with ahead as materialized (
      select place.id, place.value
      from (${firstPlaces(sources, list, Math.max(filesAhead, needed))}) as place
      join bkend.files on files.tenant = ${list.tenant} and files.id = place.id ${filterConditions(list.filter, 'to check')}
      ${inOrder(list, { value: sql`place.value`, id: sql`place.id` })} limit ${sql.lit(needed)}
    )
    select id, value from ahead where (select count(*) from ahead) = ${sql.lit(needed)}
    union all (
      select id, value from (${allMatches(sources, list)}) as match
      where (select count(*) from ahead) < ${sql.lit(needed)}
      ${inOrder(list)} limit ${sql.lit(needed)}
    )`;
}
