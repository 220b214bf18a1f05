import { sql } from 'kysely';
import type { UsageLedger, UsageRow } from '../files/ports.ts';
import type { Database } from './database.ts';

/** The id under which the totals of a whole tenant stand; no owner's is empty. */
export const wholeTenant = '';

/** What owners and tenants have: the folded totals and the deltas not folded yet, from one snapshot. */
export function createUsageLedger(database: Database): UsageLedger {
  return {
    async read(tenant, owner) {
      const isOwners = owner
        ? sql`and owner_id = ${owner.ownerId} and owner_type = ${owner.ownerType}`
        : sql``;
      const isTotal = owner ? isOwners : sql`and owner_id = ${wholeTenant}`;
      const rows = await database.prepared(sql<UsageRow>`
        select category, visibility, sum(files)::bigint as files, sum(bytes)::bigint as bytes
        from (
          select category, visibility, files, bytes from bkend.usage_totals
          where tenant = ${tenant} ${isTotal}
          union all
          select category, visibility, files, bytes from bkend.usage_deltas where tenant = ${tenant} ${isOwners}
        ) as counted
        group by category, visibility
        having sum(files) <> 0
        order by category, visibility`);
      return rows;
    },
  };
}

/**
 * Folds deltas into the totals of their owner and their tenant, in one statement: a reader sees each delta exactly once,
 * before as after. The totals are written in one order, so that two folds never wait for each other in a circle.
 * @returns how many deltas there were
 */
export async function foldUsage(database: Database, limit: number): Promise<number> {
  const [row] = await database.rows(sql<{ folded: number }>`
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
      from folded, lateral (values (owner_id, owner_type), (${wholeTenant}, '')) as whose (owner, type)
      group by tenant, owner, type, visibility, category
      order by tenant, owner, type, visibility, category
      on conflict (tenant, owner_id, owner_type, visibility, category)
      do update set files = total.files + excluded.files, bytes = total.bytes + excluded.bytes
    )
    select count(*) as folded from folded`);
  return row?.folded ?? 0;
}
