import type { SortField } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { FilePageRequest } from '../../files/listing/listing.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { isInFolder } from './filter.ts';
import { belongsTo, matchingRows, sharedRows } from './source-rows.ts';
import type { FileSource } from './visible-sources.ts';

/** A list, and the position behind which it begins. A position is a file's `id` and the `value` it is sorted by. */
export interface List extends Pick<FilePageRequest, 'filter' | 'order' | 'after'> {
  readonly tenant: Tenant;
}

/** `order by` the list's order. Ties are broken by id in the same direction, as in the indexes. */
export function inOrder(
  { order }: List,
  { value, id } = { value: sql`value`, id: sql`id` },
): RawBuilder<unknown> {
  const direction = sql.raw(order.direction);
  return sql`order by ${value} ${direction}, ${id} ${direction}`;
}

/**
 * The first positions of these sources together, without the filter's other conditions: of one folder where the list's order
 * has an index of folders.
 * @param limit part of the text as a number: the planner takes a parameter for a tenth of the table, and sorts
 */
export function firstPositions(
  sources: readonly FileSource[],
  list: List,
  limit: number,
): RawBuilder<unknown> {
  const folder = isOfOneFolder(list) ? list.filter.folder : undefined;
  const positions = sources.map((source) => {
    const { columns, select, isBehind } = columnsOf(source, list);
    const next = sql`${isBehind} ${inOrder(list, columns)} limit ${sql.lit(limit)}`;
    if (source.kind === 'shared') {
      return sql`(${select} ${sharedRows(source, list.tenant, { ...(folder && { folder }) })} ${next})`;
    }
    const andInFolder = folder === undefined ? sql`` : isInFolder(folder, 'files');
    // One visibility at a time: an index is in order only within one.
    return sql`(
      select positions.id, positions.value
      from (values ${visibilityRows(source)}) as wanted (visibility), lateral (
        ${select} from bkend.files
        where ${belongsTo(source, list.tenant)} and visibility = wanted.visibility ${andInFolder} ${next}
      ) as positions
    )`;
  });
  return merged(positions, list, limit);
}

/** Positions of several sources in one order. */
export function merged(
  positions: readonly RawBuilder<unknown>[],
  list: List,
  limit: number,
): RawBuilder<unknown> {
  return sql`
    select id, value from (${sql.join(positions, sql` union all `)}) as positions ${inOrder(list)} limit ${sql.lit(limit)}`;
}

/** The visibilities of a source, as rows of `values`. */
export function visibilityRows(source: Exclude<FileSource, { kind: 'shared' }>): RawBuilder<unknown> {
  return sql.join(source.visibilities.map((visibility) => sql`(${sql.lit(visibility)})`));
}

/** Orders that the indexes of folders have, too. */
const ordersInFolders: readonly SortField[] = ['createdAt', 'originalName'];

/** Whether the files of any folder are in an index in this order. */
export function isOrderInFolders({ by }: List['order']): boolean {
  return ordersInFolders.includes(by);
}

/** Whether the list is of the files directly in one folder, which an index has in its order. */
export function isOfOneFolder({ filter: { folder }, order }: List): boolean {
  return folder !== undefined && !folder.isRecursive && isOrderInFolders(order);
}

/**
 * The positions, in no order, of all files in these sources that match the filter. `offset 0` hides from the planner that
 * only a page is wanted: it would guess that reading in order soon meets enough matches.
 */
export function allMatches(sources: readonly FileSource[], list: List): RawBuilder<unknown> {
  const positions = sources.map((source) => {
    const { select, isBehind } = columnsOf(source, list);
    return sql`(${select} ${matchingRows(source, list.tenant, list.filter)} ${isBehind})`;
  });
  return sql`${sql.join(positions, sql` union all `)} offset 0`;
}

const sortColumns = {
  createdAt: { name: 'created_at', type: 'timestamptz' },
  updatedAt: { name: 'updated_at', type: 'timestamptz' },
  originalName: { name: 'sort_name', type: 'text' },
  size: { name: 'size_bytes', type: 'bigint' },
  mimeType: { name: 'mime_type', type: 'text' },
} as const satisfies Record<SortField, { name: string; type: string }>;

/** For the table that a source is read from: the columns of a position, and the condition that it lies behind `after`. */
export function columnsOf(source: FileSource, { order, after }: List) {
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
