import { sql } from 'kysely';
import type { UploadRepository } from '../../uploads/ports.ts';
import type { Database } from '../database/database.ts';

interface OutcomeRow {
  readonly outcome: 'passed' | 'refused' | null;
  readonly reason: string | null;
}

/** Scans of sealed bytes that are to become new contents. */
export function createContentScans(
  database: Database,
): Pick<UploadRepository, 'askForScan' | 'findScan' | 'forgetScan'> {
  return {
    async askForScan({ tenant, objectKey, at }) {
      await database.prepared(sql`
        insert into bkend.content_scans (tenant, object_key, asked_at)
        values (${tenant}, ${objectKey}, ${at}::timestamptz)
        on conflict (tenant, object_key) do nothing`);
    },

    async findScan(tenant, objectKey) {
      const [row] = await database.prepared(sql<OutcomeRow>`
        select outcome, reason from bkend.content_scans where tenant = ${tenant} and object_key = ${objectKey}`);
      if (row === undefined || row.outcome === null) return undefined;
      return { outcome: row.outcome, ...(row.reason !== null && { reason: row.reason }) };
    },

    async forgetScan(tenant, objectKey) {
      await database.prepared(
        sql`delete from bkend.content_scans where tenant = ${tenant} and object_key = ${objectKey}`,
      );
    },
  };
}
