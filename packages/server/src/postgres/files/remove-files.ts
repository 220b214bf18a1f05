import { sql } from 'kysely';
import type { RemovalOutcome } from '../../files/ports.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Database } from '../database.ts';
import { isManageable } from '../visible-files.ts';
import { removingFiles } from './record-change.ts';

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
  const which = sql`select * from bkend.files where ${isAsked} and ${isAllowed} order by id for update`;
  const rows = await database.prepared(sql<{ id: string; outcome: RemovalOutcome }>`
    with ${removingFiles(which, { bytes: 'purged' })}
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
