import { sql } from 'kysely';
import { foldCase, sortNameOf } from '../../files/sort-name.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Database } from '../database/database.ts';
import { fillingSortNames } from './record-change.ts';

interface UnfilledRow {
  readonly tenant: Tenant;
  readonly id: string;
  readonly original_name: string;
}

/**
 * Fills sort names that processes of an earlier version have left empty, of files and of their shares, and with them search names,
 * which these fold otherwise. A file that is renamed or removed meanwhile is left to the next run.
 * @param limit the most files to look at
 * @returns the number of files looked at
 */
export async function fillSortNames(database: Database, limit: number): Promise<number> {
  const unfilled = await database.rows(sql<UnfilledRow>`
    select files.tenant, files.id, files.original_name
    from (
      (select tenant, id from bkend.files where sort_name = '' order by tenant, id limit ${limit})
      union
      (select tenant, file_id from bkend.shares where sort_name = '' order by tenant, file_id limit ${limit})
    ) as unfilled (tenant, id)
    join bkend.files on files.tenant = unfilled.tenant and files.id = unfilled.id
    order by files.tenant, files.id limit ${limit}`);
  if (unfilled.length === 0) return 0;
  // Locked in the order of their ids, as by every statement that changes several files.
  const named = sql`
    select files.tenant, files.id, named.original_name, named.sort_name, named.search_name
    from bkend.files
    join unnest(
      ${unfilled.map(({ tenant }) => tenant)}::text[], ${unfilled.map(({ id }) => id)}::uuid[],
      ${unfilled.map((row) => row.original_name)}::text[], ${unfilled.map((row) => sortNameOf(row.original_name))}::text[],
      ${unfilled.map((row) => foldCase(row.original_name))}::text[]
    ) as named (tenant, id, original_name, sort_name, search_name) on files.tenant = named.tenant and files.id = named.id
    order by files.tenant, files.id for update of files`;
  await database.rows(sql`with ${fillingSortNames(named)} select from filled`);
  return unfilled.length;
}
