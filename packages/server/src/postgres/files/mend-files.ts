import { type RawBuilder, sql } from 'kysely';
import type { FileRef, Upkeep } from '../../files/upkeep.ts';
import type { Database } from '../database.ts';
import { updatingFiles } from './record-change.ts';

/** What the reconciler writes into the records of files. */
export function mendFiles(database: Database): Pick<Upkeep, 'markLost' | 'markFound' | 'correctFile'> {
  async function update(files: readonly FileRef[], set: RawBuilder<unknown>): Promise<number> {
    const rows = await database.rows(sql`
      with ${updatingFiles(namedFiles(files), set)} select from updated`);
    return rows.length;
  }
  return {
    markLost: (files, at) => update(files, sql`lost_at = coalesce(files.lost_at, ${at}::timestamptz)`),
    markFound: (files) => update(files, sql`lost_at = null`),
    correctFile: (file, { etag, sizeBytes }) =>
      update([file], sql`etag = ${etag}, size_bytes = ${sizeBytes}`),
  };
}

/** These files, locked in one order. */
export function namedFiles(files: readonly FileRef[]): RawBuilder<unknown> {
  return sql`
    select files.*
    from bkend.files
    join unnest(${files.map(({ tenant }) => tenant)}::text[], ${files.map(({ id }) => id)}::uuid[]) as named (tenant, id)
      on files.tenant = named.tenant and files.id = named.id
    order by files.tenant, files.id for update of files`;
}
