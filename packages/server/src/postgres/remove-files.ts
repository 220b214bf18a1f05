import { type RawBuilder, sql } from 'kysely';
import type { RemovalOutcome } from '../files/ports.ts';
import type { Caller } from '../identity/caller.ts';
import type { Database } from './database.ts';
import { fileChannel } from './file-notices.ts';
import { isManageable } from './visible-files.ts';

/**
 * Removes those the caller may remove and queues the purge of their bytes, in one statement. Of two callers at once one
 * removes a file, and the other does not find it.
 */
export async function removeFiles(
  database: Database,
  caller: Caller,
  ids: readonly string[],
): Promise<Map<string, RemovalOutcome>> {
  const isAsked = sql`tenant = ${caller.tenant} and id = any (${ids}::uuid[])`;
  const isAllowed = isManageable(caller, 'files');
  const rows = await database.prepared(sql<{ id: string; outcome: RemovalOutcome }>`
    with ${removing(sql`select tenant, id from bkend.files where ${isAsked} and ${isAllowed} order by id for update`)},
    ${purging}
    select id, case
      when exists (select from removed where removed.id = files.id) then 'deleted'
      when ${isAllowed} then 'not-found'
      else 'access-denied'
    end as outcome
    from bkend.files where ${isAsked}`);

  const outcomes = new Map<string, RemovalOutcome>(ids.map((id) => [id, 'not-found']));
  for (const { id, outcome } of rows) outcomes.set(id, outcome);
  return outcomes;
}

/**
 * Takes the files that `doomed` selects (tenant, id) out of the lists and the usage, as the common table `removed`.
 * `doomed` locks them in the order of their ids, so that removals of many never wait for each other in a circle.
 */
export function removing(doomed: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    doomed as materialized (${doomed}),
    removed as (
      delete from bkend.files using doomed
      where files.tenant = doomed.tenant and files.id = doomed.id
      returning files.*
    ),
    counted as (
      insert into bkend.usage_deltas (tenant, owner_id, owner_type, visibility, category, files, bytes)
      select tenant, owner_id, owner_type, visibility, category, -count(*), -sum(size_bytes)
      from removed group by tenant, owner_id, owner_type, visibility, category
    )`;
}

/** Queues the purge of the bytes of `removed`, and tells of it. */
export const purging: RawBuilder<unknown> = sql`
  queued as (
    insert into bkend.purges (tenant, key)
    select tenant, key from removed, pg_notify(${fileChannel}, key)
    on conflict do nothing
  )`;
