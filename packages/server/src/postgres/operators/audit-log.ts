import { sql } from 'kysely';
import type { AuditLog } from '../../identity/operators/ports.ts';
import type { Database } from '../database/database.ts';

/** The audit log in PostgreSQL. */
export function createAuditLog(database: Database): AuditLog {
  return {
    async begin({ at, operatorId, operatorName, tenant, action, target, requestId, address }) {
      const [row] = await database.rows(sql<{ id: number }>`
        insert into bkend.audit_log (at, operator_id, operator_name, tenant, action, target, request_id, address)
        values (${at}, ${operatorId}, ${operatorName}, ${tenant ?? null}, ${action}, ${target}, ${requestId}, ${address})
        returning id`);
      // An INSERT of one row returns one.
      return (row as { readonly id: number }).id;
    },

    async end(id, status) {
      await database.rows(sql`update bkend.audit_log set status = ${status} where id = ${id}`);
    },

    async removeOld({ before, limit }) {
      const removed = await database.rows(sql`
        delete from bkend.audit_log
        where id in (select id from bkend.audit_log where at < ${before} order by at limit ${limit})
        returning id`);
      return removed.length;
    },
  };
}
