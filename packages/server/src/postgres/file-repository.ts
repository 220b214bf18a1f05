import type { OwnerType } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { FileRepository } from '../files/ports.ts';
import { isPublic } from '../files/view-file.ts';
import type { Tenant } from '../identity/tenant.ts';
import { isGivenKey, tenantOfFileKey } from '../uploads/file-key.ts';
import type { Database } from './database/database.ts';
import { isTrashed } from './files/asked-files.ts';
import { createAvatars } from './files/avatars.ts';
import { changeFile } from './files/change-file.ts';
import { changeFiles } from './files/change-files.ts';
import { emptyTrash } from './files/empty-trash.ts';
import { type FileRow, fileColumns, hasBaseKey, hasGivenKey, readFile } from './files/file-row.ts';
import { createTrash, removeFiles } from './files/trash-files.ts';
import { countBuckets } from './listing/count-buckets.ts';
import { countFacets } from './listing/count-facets.ts';
import { countFiles } from './listing/count-files.ts';
import { findManageable } from './listing/find-manageable.ts';
import { listFiles } from './listing/list-files.ts';
import { listPositions } from './listing/list-positions.ts';
import { refusedLife } from './scanning/refused-files.ts';

/** Files in PostgreSQL. */
export function createFileRepository(database: Database): FileRepository {
  async function findOne(condition: RawBuilder<boolean>) {
    const [row] = await database.prepared(
      sql<FileRow>`select ${fileColumns} from bkend.files where ${condition}`,
    );
    return row && readFile(row);
  }
  const hasId = (tenant: Tenant, id: string) => sql<boolean>`tenant = ${tenant} and id = ${id}`;
  const hasKey = (tenant: Tenant, key: string) => sql<boolean>`tenant = ${tenant} and key = ${key}`;
  const isThere = sql`not ${isTrashed('files')}`;
  const findByKey = (tenant: Tenant, key: string) => findOne(sql`${hasKey(tenant, key)} and ${isThere}`);

  /** In the tenant that comes first, where imports gave it in several. */
  const findByGivenKey = (key: string) =>
    findOne(
      sql`${hasGivenKey} and key = ${key} and visibility = 'public' and ${isThere} order by tenant limit 1`,
    );

  return {
    find: (tenant, id) => findOne(sql`${hasId(tenant, id)} and ${isThere}`),
    findByKey,
    findWithTrash: (tenant, id) => findOne(hasId(tenant, id)),
    findByBaseKey: (tenant, key) => findOne(sql`tenant = ${tenant} and ${hasBaseKey(key)}`),

    async findRefused(tenant, id) {
      const [row] = await database.prepared(sql<{ owner_id: string; owner_type: OwnerType; reason: string }>`
        select owner_id, owner_type, reason from bkend.refused_files
        where tenant = ${tenant} and file_id = ${id}::uuid and refused_at > now() - ${refusedLife}`);
      return row && { ownerId: row.owner_id, ownerType: row.owner_type, reason: row.reason };
    },

    async findMany(tenant, ids) {
      const rows = await database.prepared(sql<FileRow>`
        select ${fileColumns} from bkend.files where tenant = ${tenant} and id = any (${ids}::uuid[]) and ${isThere}`);
      return rows.map(readFile);
    },

    async findPublicByKey(key) {
      const tenant = tenantOfFileKey(key);
      const file =
        (tenant && (await findByKey(tenant, key))) ??
        (isGivenKey(key) ? await findByGivenKey(key) : undefined);
      return file !== undefined && isPublic(file) ? file : undefined;
    },

    list: listFiles(database),
    positions: listPositions(database),
    count: countFiles(database),
    findManageable: findManageable(database),
    facets: countFacets(database),
    buckets: countBuckets(database),
    change: changeFile(database),
    changeMany: changeFiles(database),
    remove: removeFiles(database),
    ...createTrash(database),
    ...createAvatars(database),
    emptyTrash: emptyTrash(database),
  };
}
