import type { SortField, Visibility } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { File } from '../files/file.ts';
import type { FilePageRequest } from '../files/ports.ts';
import type { Caller } from '../identity/caller.ts';
import type { Database } from './database.ts';
import { filterConditions, isNarrowedBySources, sharedFileConditions } from './file-filter.ts';
import { type FileRow, fileColumns, readFile } from './file-row.ts';
import { type FileSource, visibleSources } from './visible-files.ts';

/**
 * A page is merged from the first places of each source, and each source is read in order from an index of its own, one
 * visibility at a time: what a page costs does not depend on how many files there are, nor on whose they are.
 */
export async function listFiles(
  database: Database,
  caller: Caller,
  request: FilePageRequest,
): Promise<File[]> {
  const sources = visibleSources(caller, request.filter);
  if (sources.length === 0) return [];
  const page = pageStatement(caller, request, sources);
  const isCommon = isNarrowedBySources(request.filter) && (request.offset ?? 0) === 0;
  // With other filters the planner must see their values, to choose between reading in order and finding the few that fit.
  const rows = await (isCommon ? database.prepared(page) : database.rows(page));
  return rows.map(readFile);
}

const sortColumns = {
  createdAt: { name: 'created_at', type: 'timestamptz' },
  updatedAt: { name: 'updated_at', type: 'timestamptz' },
  originalName: { name: 'original_name', type: 'text' },
  size: { name: 'size_bytes', type: 'bigint' },
  mimeType: { name: 'mime_type', type: 'text' },
} as const satisfies Record<SortField, { name: string; type: string }>;

/**
 * How many places of a source are read. The planner takes a parameter as limit for a tenth of the table, and would
 * rather sort: so it is written out, in few sizes, that there be few statements to prepare.
 */
const usualLimits = [25, 101];

function pageStatement(
  caller: Caller,
  request: FilePageRequest,
  sources: readonly FileSource[],
): RawBuilder<FileRow> {
  const { limit, offset = 0 } = request;
  const direction = sql.raw(request.order.direction);
  const places = sources.map((source) => sql`(${placesOf(source, caller, request)})`);
  return sql<FileRow>`
    select ${fileColumns}
    from (
      select id, value from (${sql.join(places, sql` union all `)}) as places
      order by value ${direction}, id ${direction} limit ${limit} offset ${offset}
    ) as page
    join bkend.files on files.tenant = ${caller.tenant} and files.id = page.id
    order by page.value ${direction}, page.id ${direction}`;
}

/** The first places of a source: the ids of its files, and the values they are sorted by. */
function placesOf(source: FileSource, caller: Caller, request: FilePageRequest): RawBuilder<unknown> {
  const isOfTenant = sql`tenant = ${caller.tenant}`;
  const filters = filterConditions(request.filter);
  switch (source.kind) {
    case 'tenant':
      return eachVisibility(
        source.visibilities,
        inOrder(request, {
          from: sql`bkend.files where ${isOfTenant} and visibility = wanted.visibility ${filters}`,
          id: sql`id`,
        }),
      );
    case 'owner':
      return eachVisibility(
        source.visibilities,
        inOrder(request, {
          from: sql`bkend.files where ${isOfTenant} and owner_id = ${source.ownerId}
            and visibility = wanted.visibility ${filters}`,
          id: sql`id`,
        }),
      );
    case 'shared':
      return inOrder(request, {
        from: sql`bkend.shares where ${isOfTenant} and user_id = ${source.userId}
          ${sharedFileConditions(source, request.filter)}`,
        id: sql`file_id`,
      });
  }
}

/** Runs `places` for one visibility after the other; a row comparison over several could not be read in order. */
function eachVisibility(
  visibilities: readonly Visibility[],
  places: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const wanted = visibilities.map((visibility) => sql`(${sql.lit(visibility)})`);
  return sql`
    select place.id, place.value
    from (values ${sql.join(wanted)}) as wanted (visibility), lateral (${places}) as place`;
}

function inOrder(
  { order, after, limit, offset = 0 }: FilePageRequest,
  { from, id }: { readonly from: RawBuilder<unknown>; readonly id: RawBuilder<unknown> },
): RawBuilder<unknown> {
  const column = sortColumns[order.by];
  const value = sql.raw(column.name);
  const direction = sql.raw(order.direction);
  const needed = limit + offset;
  const beyond = sql.raw(order.direction === 'asc' ? '>' : '<');
  const isBehind =
    after === undefined
      ? sql``
      : sql`and (${value}, ${id}) ${beyond} (${after.value}::${sql.raw(column.type)}, ${after.id}::uuid)`;
  return sql`
    select ${id} as id, ${value} as value from ${from} ${isBehind}
    order by ${value} ${direction}, ${id} ${direction}
    limit ${sql.lit(usualLimits.find((size) => size >= needed) ?? needed)}`;
}
