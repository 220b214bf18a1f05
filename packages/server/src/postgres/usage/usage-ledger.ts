import type { Category } from '@bkend/storage-contract';
import { sql } from 'kysely';
import type { UsageLedger, UsageRow } from '../../files/ports.ts';
import type { Database } from '../database/database.ts';
import { type StoredVisibility, trashed, unscanned } from '../files/file-row.ts';
import { addingToFacets, addingToFolders, countsFiles, version, wholeTenant, whose } from './counted.ts';

interface StoredUsageRow {
  readonly category: Category;
  readonly visibility: StoredVisibility | typeof version;
  readonly files: number;
  readonly bytes: number;
}

/** Usage of owners and tenants: totals plus the deltas not folded yet, from one snapshot. */
export function createUsageLedger(database: Database): UsageLedger {
  return {
    async read(tenant, owner) {
      const andOfOwner = owner
        ? sql`and owner_id = ${owner.ownerId} and owner_type = ${owner.ownerType}`
        : sql``;
      const andOfTotal = owner ? andOfOwner : sql`and owner_id = ${wholeTenant}`;
      const rows = await database.prepared(sql<StoredUsageRow>`
        select category, visibility, sum(files)::bigint as files, sum(bytes)::bigint as bytes
        from (
          select category, visibility, files, bytes from bkend.usage_totals
          where tenant = ${tenant} ${andOfTotal}
          union all
          select category, visibility, files, bytes from bkend.usage_deltas where tenant = ${tenant} ${andOfOwner}
        ) as counted
        group by category, visibility
        having sum(files) <> 0
        order by category, visibility`);
      return rows.map(readUsageRow);
    },

    // New contents of a file, whose upload key has a `~`, make no file.
    async countWithOpenUploads(tenant, { at, owner }) {
      const { ownerId = wholeTenant, ownerType = '' } = owner ?? {};
      const ofOwner = owner ? sql`and owner_id = ${ownerId} and owner_type = ${ownerType}` : sql``;
      const [row] = await database.prepared(sql<{ uploads: number; bytes: number }>`
        select used.files + open.files as uploads, used.bytes + open.bytes as bytes
        from bkend.count_usage(${tenant}, ${ownerId}, ${ownerType}) as used, (
          select count(*) filter (where strpos(key, '~') = 0) as files, coalesce(sum(size_bytes), 0)::bigint as bytes
          from bkend.uploads
          where tenant = ${tenant} ${ofOwner}
            and expires_at > ${at}::timestamptz and (not aborted or url_ends_at > ${at}::timestamptz)
        ) as open`);
      return row ?? { uploads: 0, bytes: 0 };
    },
  };
}

function readUsageRow({ category, visibility, files, bytes }: StoredUsageRow): UsageRow {
  if (visibility === version) return { files, bytes };
  // Until its scan only owner and admins see a file, as if it were private.
  if (visibility === unscanned) return { category, visibility: 'private', files, bytes };
  return { category, ...(visibility !== trashed && { visibility }), files, bytes };
}

/**
 * Folds deltas into the totals of usage, folders and facets, of their owner and of their tenant, in one transaction: a reader
 * sees each delta exactly once, before and after. Totals are written in one order, so that two folds never wait for each other
 * in a circle, and removed when they come to nothing. Deltas that a process of an earlier version has written, which say
 * nothing of folders, leave their tenant marked, for {@link rebuildTotals}.
 * @returns the number of deltas folded
 */
export function foldUsage(database: Database, limit: number): Promise<number> {
  return database.transaction(async (transaction) => {
    // To folds that do not say this a trigger leaves the tenant marked, too: they count no folders.
    await sql`select set_config('bkend.folds_all_totals', 'on', true)`.execute(transaction);
    const { rows } = await sql<Folded>`
      with chosen as materialized (
        select tenant, owner_id, id from bkend.usage_deltas
        order by tenant, owner_id, id limit ${limit} for update skip locked
      ),
      folded as (
        delete from bkend.usage_deltas as delta using chosen
        where delta.tenant = chosen.tenant and delta.owner_id = chosen.owner_id and delta.id = chosen.id
        returning delta.*
      ),
      added as (
        insert into bkend.usage_totals as total (tenant, owner_id, owner_type, visibility, category, files, bytes)
        select tenant, owner, type, visibility, category, sum(files), sum(bytes)
        from folded, ${whose}
        group by tenant, owner, type, visibility, category
        order by tenant, owner, type, visibility, category
        on conflict (tenant, owner_id, owner_type, visibility, category)
        do update set files = total.files + excluded.files, bytes = total.bytes + excluded.bytes
      ),
      whole as materialized (select * from folded where ${countsFiles}),
      in_folders as (${addingToFolders(sql`whole`)} returning files, ctid),
      in_facets as (${addingToFacets(sql`whole`)} returning files, ctid),
      marked as (
        insert into bkend.stale_totals as stale (tenant)
        select distinct tenant from folded where mime_type is null order by tenant
        on conflict (tenant) do update set marks = stale.marks + 1
      )
      select (select count(*) from folded) as folded,
        array(select ctid::text from in_folders where files = 0) as folders,
        array(select ctid::text from in_facets where files = 0) as facets`.execute(transaction);
    const { folded = 0, folders = [], facets = [] } = rows[0] ?? {};
    // This transaction has locked these rows: nothing moves or changes them before.
    if (folders.length > 0) {
      await sql`delete from bkend.folder_totals where ctid = any (${folders}::tid[])`.execute(transaction);
    }
    if (facets.length > 0) {
      await sql`delete from bkend.facet_totals where ctid = any (${facets}::tid[])`.execute(transaction);
    }
    return folded;
  });
}

interface Folded {
  readonly folded: number;
  /** The rows whose last file is gone. */
  readonly folders: readonly string[];
  readonly facets: readonly string[];
}
