import { sql } from 'kysely';
import type { FileRepository } from '../../files/ports.ts';
import type { Database } from '../database/database.ts';
import { matchingRows } from './source-rows.ts';
import { manageableSources } from './visible-sources.ts';

/**
 * The first of the files that match a filter and that the caller may change, by id, and the exact number of all of them. It reads
 * every match: the number is part of the answer.
 */
export function findManageable(database: Database): FileRepository['findManageable'] {
  return async (caller, { filter, after, limit }) => {
    const sources = manageableSources(caller, filter);
    if (sources.length === 0) return { ids: [], total: 0 };
    const matches = sources.map((source) => sql`select id ${matchingRows(source, caller.tenant, filter)}`);
    const behind = after === undefined ? sql`` : sql`where id > ${after}::uuid`;
    const [row] = await database.rows(sql<{ ids: string[]; total: number }>`
      with matches as materialized (select id from (${sql.join(matches, sql` union all `)}) as each ${behind})
      select array(select id from matches order by id limit ${limit}) as ids, (select count(*) from matches) as total`);
    return row ?? { ids: [], total: 0 };
  };
}
