import { sql } from 'kysely';
import type { FileRepository } from '../../files/ports.ts';
import type { Database } from '../database/database.ts';
import { type FileRow, fileColumns, readFile } from '../files/file-row.ts';
import { firstMatches, isInIndexOrder } from './first-matches.ts';
import { firstPositions, inOrder } from './positions.ts';
import { visibleSources } from './visible-sources.ts';

/**
 * One page of the files a caller may see. It is merged from the first positions of each source, and each source is read in
 * order from its own index: the cost of a page depends neither on the number of files nor on their owners.
 */
export function listFiles(database: Database): FileRepository['list'] {
  return async (caller, request) => {
    const sources = visibleSources(caller, request.filter);
    if (sources.length === 0) return [];
    const { limit, offset = 0 } = request;
    const list = { ...request, tenant: caller.tenant };
    const isPlain = isInIndexOrder(list);
    const needed = isPlain && offset === 0 ? roundUp(limit) : limit + offset;
    const positions = isPlain ? firstPositions(sources, list, needed) : firstMatches(sources, list, needed);
    const page = sql<FileRow>`
    select ${fileColumns}
    from (
      select id, value from (${positions}) as positions ${inOrder(list)} limit ${limit} offset ${offset}
    ) as page
    join bkend.files on files.tenant = ${caller.tenant} and files.id = page.id
    ${inOrder(list, { value: sql`page.value`, id: sql`page.id` })}`;
    // With a filter the values must be in the text, so that the planner can choose the index that finds the matches.
    const rows = await (isPlain && offset === 0 ? database.prepared(page) : database.rows(page));
    return rows.map(readFile);
  };
}

/** Limits are part of the text: few sizes make few statements to prepare. */
function roundUp(limit: number): number {
  return [25, 101, 1_001].find((size) => size >= limit) ?? limit;
}
