import { sql } from 'kysely';
import type { FilePosition } from '../../files/listing/listing.ts';
import type { FileRepository } from '../../files/ports.ts';
import type { Database } from '../database/database.ts';
import { firstMatches, isInIndexOrder } from './first-matches.ts';
import { firstPositions, inOrder } from './positions.ts';
import { visibleSources } from './visible-sources.ts';

/** The positions of every `step`-th file of a list, numbered while `step × limit` files are read in order. */
export function listPositions(database: Database): FileRepository['positions'] {
  return async (caller, request) => {
    const sources = visibleSources(caller, request.filter);
    if (sources.length === 0) return [];
    const { step, limit } = request;
    const list = { ...request, tenant: caller.tenant };
    const walked = step * limit;
    const positions = isInIndexOrder(list)
      ? firstPositions(sources, list, walked)
      : firstMatches(sources, list, walked);
    return database.rows(sql<FilePosition>`
      select id, value
      from (
        select id, value, row_number() over (${inOrder(list)}) as number from (${positions}) as positions
      ) as numbered
      where number % ${step}::int = 0 order by number`);
  };
}
