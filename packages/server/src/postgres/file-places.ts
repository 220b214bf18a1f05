import type { SortField } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { FilePageRequest } from '../files/ports.ts';
import type { Tenant } from '../identity/tenant.ts';
import { belongsTo, matchingRows, sharedRows } from './source-rows.ts';
import type { FileSource } from './visible-files.ts';

/** Which list, and behind which place of it. A place is a file's `id` and the `value` it is sorted by. */
export interface List extends Pick<FilePageRequest, 'filter' | 'order' | 'after'> {
  readonly tenant: Tenant;
}

/** `order by` the list's order: ties are broken by the id in the same direction, as the indexes have it. */
export function inOrder(
  { order }: List,
  { value, id } = { value: sql`value`, id: sql`id` },
): RawBuilder<unknown> {
  const direction = sql.raw(order.direction);
  return sql`order by ${value} ${direction}, ${id} ${direction}`;
}

/**
 * The first places of what these sources hold together, whatever else the filter asks for.
 * @param limit stands in the statement as a number: the planner takes a parameter for a tenth of the table, and sorts
 */
export function firstPlaces(sources: readonly FileSource[], list: List, limit: number): RawBuilder<unknown> {
  const first = sql`limit ${sql.lit(limit)}`;
  const places = sources.map((source) => {
    const { columns, select, isBehind } = columnsOf(source, list);
    const next = sql`${isBehind} ${inOrder(list, columns)} ${first}`;
    if (source.kind === 'shared') return sql`(${select} ${sharedRows(source, list.tenant, {})} ${next})`;
    // One visibility after the other: an index is in order only within one.
    const wanted = source.visibilities.map((visibility) => sql`(${sql.lit(visibility)})`);
    return sql`(
      select place.id, place.value
      from (values ${sql.join(wanted)}) as wanted (visibility), lateral (
        ${select} from bkend.files
        where ${belongsTo(source, list.tenant)} and visibility = wanted.visibility ${next}
      ) as place
    )`;
  });
  return sql`select id, value from (${sql.join(places, sql` union all `)}) as place ${inOrder(list)} ${first}`;
}

/**
 * The places, in no order, of everything in these sources that fits the filter. `offset 0` hides from the planner that
 * only a page of it is wanted: it would rather guess that it meets a page's worth soon, in order.
 */
export function allMatches(sources: readonly FileSource[], list: List): RawBuilder<unknown> {
  const places = sources.map((source) => {
    const { select, isBehind } = columnsOf(source, list);
    return sql`(${select} ${matchingRows(source, list.tenant, list.filter)} ${isBehind})`;
  });
  return sql`${sql.join(places, sql` union all `)} offset 0`;
}

const sortColumns = {
  createdAt: { name: 'created_at', type: 'timestamptz' },
  updatedAt: { name: 'updated_at', type: 'timestamptz' },
  originalName: { name: 'original_name', type: 'text' },
  size: { name: 'size_bytes', type: 'bigint' },
  mimeType: { name: 'mime_type', type: 'text' },
} as const satisfies Record<SortField, { name: string; type: string }>;

/** Of the table that the source is read from: what a place is made of, and whether it is behind where the list begins. */
function columnsOf(source: FileSource, { order, after }: List) {
  const { name, type } = sortColumns[order.by];
  const value = sql.ref(name);
  const id = sql.ref(source.kind === 'shared' ? 'file_id' : 'id');
  const beyond = sql.raw(order.direction === 'asc' ? '>' : '<');
  return {
    columns: { value, id },
    select: sql`select ${id} as id, ${value} as value`,
    isBehind:
      after === undefined
        ? sql``
        : sql`and (${value}, ${id}) ${beyond} (${after.value}::${sql.raw(type)}, ${after.id}::uuid)`,
  };
}
