import { sql } from 'kysely';
import type { UnattendedUploads } from '../../jobs/ports.ts';
import { givenRows } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { readUpload, type UploadRow, uploadColumns } from './upload-row.ts';

/** Uploads that register themselves, in all tenants. */
export function createUnattendedUploads(database: Database): UnattendedUploads {
  return {
    async findDue({ now, limit }) {
      const rows = await database.prepared(sql<UploadRow>`
        select ${uploadColumns} from bkend.uploads
        where look_at <= ${now}::timestamptz and not aborted and expires_at > ${now}::timestamptz
        order by look_at limit ${limit}`);
      return rows.map(readUpload);
    },

    async areOpen() {
      const [row] = await database.prepared(sql<{ exist: boolean }>`
        select exists (select from bkend.uploads where look_at is not null) as exist`);
      return row?.exist ?? true;
    },

    async putOff(uploads) {
      const rows = uploads.map(({ tenant, key, at }) => ({ tenant, key, at }));
      await database.prepared(sql`
        with asked as materialized (
          select * from ${givenRows('asked', { tenant: 'text', key: 'text', at: 'timestamptz' }, rows)}
        ),
        held as materialized (
          select uploads.tenant, uploads.key, asked.at from asked join bkend.uploads using (tenant, key)
          order by tenant, key for update of uploads
        )
        update bkend.uploads set look_at = held.at from held
        where uploads.tenant = held.tenant and uploads.key = held.key and uploads.look_at is not null`);
    },
  };
}
