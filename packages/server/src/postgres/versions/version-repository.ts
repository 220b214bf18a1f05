import { sql } from 'kysely';
import type { VersionRepository } from '../../files/versions/version-repository.ts';
import type { Database } from '../database/database.ts';
import { removingVersions } from '../files/record-change.ts';
import { atOnce } from '../outbox/queue-purges.ts';
import { restoreVersion } from './restore-version.ts';
import { isVersion, readVersion, selectVersion, type VersionRow, versionColumns } from './version-row.ts';

/** Versions in PostgreSQL. */
export function createVersionRepository(database: Database): VersionRepository {
  return {
    async find(file, versionId) {
      const [row] = await database.prepared(selectVersion(file, versionId));
      return row && readVersion(row);
    },

    async list({ tenant, id }, { before, limit }) {
      const rows = await database.prepared(sql<VersionRow>`
        select ${versionColumns} from bkend.versions
        where tenant = ${tenant} and file_id = ${id}::uuid and version < ${before ?? 2_147_483_647}::integer
        order by version desc limit ${limit}`);
      return rows.map(readVersion);
    },

    restore: restoreVersion(database),

    async remove(file, versionId) {
      const which = sql`
        select tenant, file_id, version from bkend.versions where ${isVersion(file, versionId)} for update`;
      const rows = await database.prepared(sql`
        with ${removingVersions(which, { purgeAt: atOnce })} select version from dropped`);
      return rows.length > 0;
    },
  };
}
