import { sql } from 'kysely';
import type { Maintenance } from '../../jobs/ports.ts';
import type { Database } from '../database/database.ts';
import { tenantsIn } from '../database/tenants-in.ts';
import { removingVersions } from '../files/record-change.ts';
import { afterReplacement } from '../outbox/queue-purges.ts';

/** Trimming of versions, by a job. */
export function trimVersions(database: Database): Pick<Maintenance, 'trimVersions' | 'tenantsWithVersions'> {
  return {
    async trimVersions({ tenant, keep, replacedBefore, now, after, limit }) {
      const isOld =
        replacedBefore === undefined
          ? sql`false`
          : sql`versions.replaced_at < ${replacedBefore}::timestamptz`;
      const isTooMany = sql`${keep}::integer <= (
        select count(*) from bkend.versions as later
        where later.tenant = versions.tenant and later.file_id = versions.file_id and later.version > versions.version
      )`;
      const which = sql`
        select tenant, file_id, version from bkend.versions
        where tenant = ${tenant} and file_id in (select file_id from looked) and (${isOld} or ${isTooMany})
        order by file_id, version for update skip locked`;
      const [row] = await database.rows(sql<{ removed: number; looked: number; last_file: string | null }>`
        with looked as materialized (
          select distinct file_id from bkend.versions
          where tenant = ${tenant} and file_id > ${after ?? '00000000-0000-0000-0000-000000000000'}::uuid
          order by file_id limit ${limit}
        ),
        ${removingVersions(which, { purgeAt: sql`${now}::timestamptz + ${afterReplacement}` })}
        select (select count(*) from dropped) as removed, (select count(*) from looked) as looked,
          (select file_id from looked order by file_id desc limit 1) as last_file`);
      const { removed = 0, looked = 0, last_file: lastFile = null } = row ?? {};
      return { removed, ...(looked === limit && lastFile !== null && { lastFile }) };
    },

    async tenantsWithVersions() {
      const rows = await database.rows(tenantsIn([{ table: 'versions' }]));
      return rows.map(({ tenant }) => tenant);
    },
  };
}
