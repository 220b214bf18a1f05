import type { OwnerType } from '@bkend/storage-contract';
import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { QuotaReached } from '../../uploads/quotas.ts';
import type { Database } from '../database/database.ts';
import { recordingEvents } from './recording-events.ts';

/** An account that is refused again within this time writes no further event. */
const pauseMs = 60 * 60 * 1_000;
/** Accounts that a process remembers, to ask the database no more. */
const maxRemembered = 10_000;

/**
 * Returns a function that writes the event `quota.reached`: for the first refusal by a quota of an account, and then at most once an
 * hour while it refuses, over all processes. It is a transaction of its own, since that of the refused change is rolled back: after a
 * crash between the two the next refusal writes it.
 */
export function createQuotaReachedEvents(database: Database): (reached: QuotaReached) => Promise<void> {
  const remembered = new LRUCache<string, true>({ max: maxRemembered, ttl: pauseMs });
  return async ({ tenant, owner, details }) => {
    const name = JSON.stringify([tenant, owner, details.quota]);
    if (remembered.has(name)) return;
    remembered.set(name, true);
    const ownerType: OwnerType | '' = owner?.ownerType ?? '';
    try {
      await database.rows(sql`
        with reached as (
          insert into bkend.quotas_reached as former (tenant, owner_id, owner_type, quota, reached_at)
          values (${tenant}, ${owner?.ownerId ?? ''}, ${ownerType}, ${details.quota}, now())
          on conflict (tenant, owner_id, owner_type, quota) do update set reached_at = excluded.reached_at
          where former.reached_at <= excluded.reached_at - ${pauseMs} * interval '1 ms'
          returning *
        ),
        ${recordingEvents(sql`
          select tenant, 'quota.reached' as type, nullif(owner_id, '') as owner_id, nullif(owner_type, '') as owner_type,
            null::text[] as readers, null::uuid as file_id, null::json as file,
            json_build_object('details', ${JSON.stringify({ ...details, ...owner })}::json) as data
          from reached`)}
        select`);
    } catch (error) {
      remembered.delete(name);
      throw error;
    }
  };
}
