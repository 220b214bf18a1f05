import { type RawBuilder, sql } from 'kysely';
import { ownerFor } from '../../files/access.ts';
import type { FolderPageRequest } from '../../files/folders/folder-repository.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Tenant } from '../../identity/tenant.ts';
import { folderKeyOf, pathOfKeyOf } from '../usage/counted.ts';
import { isCounted, isDeltaOf, isOneOf, isTotalOf } from './counted-sources.ts';
import { type FileSource, visibleSources } from './visible-sources.ts';

/** Keys of folders from one on, up to another; without an end, all behind. */
interface KeyRange {
  readonly from: RawBuilder<unknown>;
  readonly end: RawBuilder<unknown> | undefined;
}

type ScanRequest = Pick<FolderPageRequest, 'mine' | 'trash'>;

/** Parts of a statement over the folders of all sources of a caller, each with the totals, and the deltas not folded yet. */
export interface FolderScan {
  /**
   * The expressions `changed`, what deltas change in folders of the range, `emptied`, the totals that they bring to nothing, and
   * `added`, folders without a total.
   */
  readonly changes: (range: KeyRange) => RawBuilder<unknown>;
  /** The first key in the range of a folder that has files or is kept, else null. Leaves out those in `added`. */
  readonly first: (range: KeyRange) => RawBuilder<unknown>;
  /** `select files, bytes …` of one folder, without `changed`. */
  readonly totalsOf: (key: RawBuilder<unknown>) => RawBuilder<unknown>;
}

/** @returns undefined when there is nothing that the caller may see */
export function scanFolders(caller: Caller, request: ScanRequest): FolderScan | undefined {
  const { tenant } = caller;
  const sources = sourcesOf(caller, request);
  const counted = sources.filter(isCounted);
  const sharedWith = sources.flatMap((source) => (source.kind === 'shared' ? [source.userId] : []));
  const kept = keptBy(caller, request);

  const first = (range: KeyRange) => [
    ...counted.flatMap((source) =>
      source.visibilities.map((visibility) => {
        const isTotal = sql`${isTotalOf(source, tenant)} and visibility = ${sql.lit(visibility)} and files > 0
          and (owner_id, owner_type, visibility, folder) not in (select owner_id, owner_type, visibility, key from emptied)`;
        return firstOf({ table: 'folder_totals', key: sql`folder`, where: isTotal }, range);
      }),
    ),
    ...sharedWith.map((userId) => {
      const isShare = sql`tenant = ${tenant} and user_id = ${userId}`;
      return firstOf({ table: 'shares', key: folderKeyOf(sql`folder`), where: isShare }, range);
    }),
    ...(kept ? [firstOf({ table: 'kept_folders', key: sql`folder`, where: kept }, range)] : []),
  ];
  if (counted.length + sharedWith.length === 0) return undefined;

  return {
    first: (range) => sql`least(${sql.join(first(range))})`,
    changes: (range) => {
      const key = folderKeyOf(sql`folder`);
      const changes = counted.map((source) => {
        const owner = source.kind === 'tenant' ? sql`'', ''` : sql`owner_id, owner_type`;
        return sql`
          select ${owner}, visibility, ${key}, files, bytes from bkend.usage_deltas
          where ${isDeltaOf(source, tenant)} and ${isIn(key, range)}`;
      });
      return changesOf(changes, tenant);
    },
    totalsOf: (key) =>
      sql.join(
        [
          ...counted.map(
            (source) => sql`
              select files, bytes from bkend.folder_totals
              where ${isTotalOf(source, tenant)} and visibility ${isOneOf(source.visibilities)} and folder = ${key}`,
          ),
          ...sharedWith.map(
            (userId) => sql`
              select 1, size_bytes from bkend.shares
              where tenant = ${tenant} and user_id = ${userId} and folder = ${pathOfKeyOf(key)}`,
          ),
        ],
        sql` union all `,
      ),
  };
}

function changesOf(changes: readonly RawBuilder<unknown>[], tenant: Tenant): RawBuilder<unknown> {
  const none = sql`select '', '', '', '', 0::bigint, 0::bigint where false`;
  const isTotal = sql`
    total.tenant = ${tenant} and total.owner_id = changed.owner_id and total.owner_type = changed.owner_type
    and total.visibility = changed.visibility and total.folder = changed.key and total.files > 0`;
  return sql`
    changed as materialized (
      select owner_id, owner_type, visibility, key, sum(files) as files, sum(bytes) as bytes
      from (${sql.join([none, ...changes], sql` union all `)}) as delta (owner_id, owner_type, visibility, key, files, bytes)
      group by owner_id, owner_type, visibility, key
      having sum(files) <> 0 or sum(bytes) <> 0
    ),
    emptied as materialized (
      select changed.owner_id, changed.owner_type, changed.visibility, changed.key
      from changed join bkend.folder_totals as total on ${isTotal}
      where total.files + changed.files <= 0
    ),
    added as materialized (
      select key from changed
      where files > 0 and not exists (select from bkend.folder_totals as total where ${isTotal})
    )`;
}

interface Probed {
  readonly table: 'folder_totals' | 'shares' | 'kept_folders';
  readonly key: RawBuilder<unknown>;
  readonly where: RawBuilder<unknown>;
}

/** The first key in the range of the rows that an index has in its order. */
function firstOf({ table, key, where }: Probed, range: KeyRange): RawBuilder<unknown> {
  return sql`(
    select ${key} from ${sql.table(`bkend.${table}`)} where ${where} and ${isIn(key, range)} order by ${key} limit 1
  )`;
}

function isIn(key: RawBuilder<unknown>, { from, end }: KeyRange): RawBuilder<boolean> {
  return end === undefined ? sql`${key} >= ${from}` : sql`${key} >= ${from} and ${key} < ${end}`;
}

/** The sources of the files whose folders are listed. */
function sourcesOf(caller: Caller, { mine, trash }: ScanRequest): FileSource[] {
  return visibleSources(caller, { ...(mine && { isOwn: true }), ...(trash && { trash: true }) });
}

/** The rows of `kept_folders` that the caller sees: a user’s own, and for admins all; undefined for none. */
function keptBy(caller: Caller, { mine, trash }: ScanRequest): RawBuilder<boolean> | undefined {
  if (caller.kind === 'guest' || trash) return undefined;
  if (caller.kind === 'admin' && !mine) return sql`tenant = ${caller.tenant}`;
  const { ownerId, ownerType } = ownerFor(caller);
  return sql`tenant = ${caller.tenant} and owner_id = ${ownerId} and owner_type = ${sql.lit(ownerType)}`;
}
