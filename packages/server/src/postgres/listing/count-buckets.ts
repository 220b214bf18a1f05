import type { Bucket } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { FileRepository } from '../../files/ports.ts';
import type { Database } from '../database/database.ts';
import { latestOf, matchesOf, timesMilliseconds } from './count-facets.ts';
import { manageableSources } from './visible-sources.ts';

/**
 * Files and bytes of each bucket, of the files that the caller may change, since only owner and admins see the bucket of a file. As
 * for facets, all are counted or, when that takes too long, the latest.
 */
export function countBuckets(database: Database, times = timesMilliseconds): FileRepository['buckets'] {
  return async (caller) => {
    const sources = manageableSources(caller, {});
    if (sources.length === 0) return { items: [], isExact: true };
    const exact = await database.rowsWithin(times.all, countsOf(matchesOf(sources, caller.tenant, {})));
    if (exact !== undefined) return { items: exact, isExact: true };
    const latest = await database.rowsWithin(times.latest, countsOf(latestOf(sources, caller, {})));
    return { items: latest ?? [], isExact: false };
  };
}

function countsOf(matches: RawBuilder<unknown>) {
  return sql<{ readonly bucket: Bucket; readonly files: number; readonly bytes: number }>`
    select bucket, count(*) as files, coalesce(sum(size_bytes), 0)::bigint as bytes
    from (${matches}) as match group by bucket`;
}
