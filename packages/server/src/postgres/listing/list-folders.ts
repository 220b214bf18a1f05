import { type RawBuilder, sql } from 'kysely';
import type { FolderPageRequest, FolderRepository } from '../../files/folders/folder-repository.ts';
import type { Database } from '../database/database.ts';
import { behindSeparator, folderKey, pathOfKey, separator } from '../usage/counted.ts';
import { type FolderScan, scanFolders } from './folder-scan.ts';

interface FolderRow {
  readonly key: string;
  readonly files: number;
  readonly bytes: number;
  readonly has_children: boolean;
}

/**
 * The children of a folder that the caller may see, in the order of their names' bytes, by a loose index scan: from one child
 * to the first folder behind all that lies in it. The cost is that of the page, whatever lies in the folders and below.
 */
export function listFolders(database: Database): FolderRepository['list'] {
  return async (caller, request) => {
    const scan = scanFolders(caller, request);
    if (scan === undefined) return [];
    const rows = await database.prepared(listStatement(scan, request));
    return rows.map(({ key, has_children: hasChildren, ...row }) => ({
      ...row,
      path: pathOfKey(key),
      hasChildren,
    }));
  };
}

/** `found` are the children that the index has, `added` folders that only deltas have. */
function listStatement(scan: FolderScan, request: FolderPageRequest): RawBuilder<FolderRow> {
  const { parent, limit } = request;
  const start = sql`${startOf(request)}`;
  // Nothing is behind the root.
  const end = parent === '' ? undefined : sql`${folderKey(parent) + behindSeparator}`;
  const inChild = { from: sql`children.key || ${separator}`, end: sql`children.key || ${behindSeparator}` };
  return sql<FolderRow>`
    with recursive ${scan.changes({ from: sql`${startOf({ parent })}`, end })},
    found (key, number) as (
      select ${childOf(parent, sql`next.key`)}, 1
      from (select ${scan.first({ from: start, end })} as key offset 0) as next
      where next.key is not null
      union all
      select ${childOf(parent, sql`next.key`)}, found.number + 1
      from found, lateral (
        select ${scan.first({ from: sql`found.key || ${behindSeparator}`, end })} as key offset 0
      ) as next
      where next.key is not null and found.number < ${limit}
    ),
    children (key) as (
      select key from found
      union
      select ${childOf(parent, sql`key`)} from added where key >= ${start}
      order by 1 limit ${limit}
    )
    select children.key, count.files, count.bytes,
      ${scan.first(inChild)} is not null
        or exists (select from added where added.key >= ${inChild.from} and added.key < ${inChild.end}) as has_children
    from children
    left join (
      select key, sum(files) as files, sum(bytes) as bytes from changed group by key
    ) as change on change.key = children.key,
    lateral (
      select (coalesce(sum(total.files), 0) + coalesce(change.files, 0))::bigint as files,
        (coalesce(sum(total.bytes), 0) + coalesce(change.bytes, 0))::bigint as bytes
      from (${scan.totalsOf(sql`children.key`)}) as total
    ) as count
    order by children.key`;
}

/** The first key that a page may begin with; every name sorts behind the separator. */
function startOf({ parent, from, behind }: Pick<FolderPageRequest, 'parent' | 'from' | 'behind'>): string {
  const first = parent === '' ? '' : folderKey(parent) + separator;
  return first + (behind === undefined ? (from ?? separator) : behind + behindSeparator);
}

/** The key of the child of `parent` that the folder `key` is, or lies below. */
function childOf(parent: string, key: RawBuilder<unknown>): RawBuilder<unknown> {
  if (parent === '') return sql`split_part(${key}, ${separator}, 1)`;
  const first = sql`${folderKey(parent) + separator}::text`;
  return sql`${first} || split_part(substr(${key}, length(${first}) + 1), ${separator}, 1)`;
}
