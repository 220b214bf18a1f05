import { sql } from 'kysely';
import type { Database } from '../database/database.ts';
import {
  addingToFacets,
  addingToFolders,
  countedColumns,
  countedFacets,
  countedOfFiles,
  countsFiles,
} from './counted.ts';

/**
 * Counts again the totals of folders and facets of tenants in which processes of an earlier version have changed files.
 * @param limit the most tenants to rebuild
 * @returns the number of tenants rebuilt
 */
export async function rebuildTotals(database: Database, limit: number): Promise<number> {
  const stale = await database.rows(
    sql<{
      tenant: string;
      marks: number;
    }>`select tenant, marks from bkend.stale_totals order by tenant limit ${limit}`,
  );
  if (stale.length === 0) return 0;
  await using patient = database.withoutTimeLimits();
  for (const { tenant, marks } of stale) {
    await rebuild(patient, tenant);
    // A change that was marked meanwhile may not have been counted: the tenant stays marked.
    await database.rows(sql`delete from bkend.stale_totals where tenant = ${tenant} and marks = ${marks}`);
  }
  return stale.length;
}

/**
 * Removes the tenant's totals and counts its files, from one snapshot. Deltas of that snapshot, which will be folded, are in the
 * count of the files already: they are taken off. Folding waits meanwhile; readers see the totals of before.
 */
async function rebuild(database: Database, tenant: string): Promise<void> {
  const counted = sql`(
    select ${countedOfFiles}, 1 as files, size_bytes as bytes from bkend.files where tenant = ${tenant}
    union all
    select ${countedColumns}, -files, -bytes from bkend.usage_deltas where tenant = ${tenant} and ${countsFiles}
  )`;
  await database.transaction(async (transaction) => {
    await sql`set transaction isolation level repeatable read`.execute(transaction);
    // Before the snapshot, which the first statement takes that reads.
    await sql`lock table bkend.folder_totals, bkend.facet_totals in share row exclusive mode`.execute(
      transaction,
    );
    await sql`delete from bkend.folder_totals where tenant = ${tenant}`.execute(transaction);
    await sql`delete from bkend.facet_totals where tenant = ${tenant}`.execute(transaction);
    await addingToFolders(counted).execute(transaction);
    for (const facet of countedFacets) await addingToFacets(counted, [facet]).execute(transaction);
  });
}
