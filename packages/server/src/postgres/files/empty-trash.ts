import { type RawBuilder, sql } from 'kysely';
import type { Owner } from '../../files/file.ts';
import type { FileRepository, Trash } from '../../files/ports.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { TrashCollection } from '../../jobs/ports.ts';
import type { Database } from '../database/database.ts';
import { tenantsIn } from '../database/tenants-in.ts';
import { trashed } from './file-row.ts';
import { removingFiles } from './record-change.ts';

/** In `trash_emptyings`, the owner of the trash of a whole tenant; no owner has an empty id or type. */
const everyone: { readonly ownerId: string; readonly ownerType: string } = { ownerId: '', ownerType: '' };

/**
 * Removes up to 1,000 files or so at once, and records in the same statement that more are to be removed, which the job
 * does: what a client asks for is done wholly, also when this process ends.
 */
export function emptyTrash(database: Database): FileRepository['emptyTrash'] {
  return async (trash, { at, limit }) => {
    const { ownerId, ownerType } = trash.owner ?? everyone;
    const [row] = await database.prepared(sql<{ removed: number; is_done: boolean }>`
      with ${removingTrash(trash, { limit })},
      recorded as (
        insert into bkend.trash_emptyings as emptyings (tenant, owner_id, owner_type, trashed_by)
        select ${trash.tenant}, ${ownerId}, ${ownerType}, ${at}::timestamptz
        where (select count(*) from chosen) = ${sql.lit(limit)}
        on conflict (tenant, owner_id, owner_type)
        do update set trashed_by = greatest(emptyings.trashed_by, excluded.trashed_by)
      )
      select (select count(*) from removed) as removed, (select count(*) from chosen) < ${sql.lit(limit)} as is_done`);
    return { removed: row?.removed ?? 0, isDone: row?.is_done ?? true };
  };
}

/** Emptying of the trash by the job, in all tenants. */
export function createTrashCollection(database: Database): TrashCollection {
  return {
    async findEmptyings() {
      const rows = await database.rows(
        sql<{
          tenant: Tenant;
          owner_id: string;
          owner_type: Owner['ownerType'] | '';
          trashed_by: Date;
        }>`select tenant, owner_id, owner_type, trashed_by from bkend.trash_emptyings order by trashed_by`,
      );
      return rows.map(({ tenant, owner_id: ownerId, owner_type: ownerType, trashed_by: trashedBy }) => ({
        trash: { tenant, ...(ownerType !== '' && { owner: { ownerId, ownerType } }) },
        trashedBy,
      }));
    },

    async finishEmptying({ trash, trashedBy }) {
      const { ownerId, ownerType } = trash.owner ?? everyone;
      await database.rows(sql`
        delete from bkend.trash_emptyings
        where tenant = ${trash.tenant} and owner_id = ${ownerId} and owner_type = ${ownerType}
          and trashed_by = ${trashedBy}`);
    },

    async findTenants() {
      const rows = await database.rows(tenantsWithTrash);
      return rows.map(({ tenant }) => tenant);
    },

    async remove({ trash, trashedBy, limit }) {
      const [row] = await database.rows(sql<{ chosen: number }>`
        with ${removingTrash(trash, { trashedBy, limit })} select count(*) as chosen from chosen`);
      return row?.chosen ?? 0;
    },
  };
}

/**
 * Removes files from a trash, as the expressions `chosen`, their ids, and `removed`. Files are chosen without a lock and
 * locked in the order of their ids; one that is restored in between stays, also where it
 * is put there anew after `trashedBy`.
 */
function removingTrash(
  { tenant, owner }: Trash,
  { trashedBy, limit }: { readonly trashedBy?: Date; readonly limit: number },
): RawBuilder<unknown> {
  const isInTrash = sql`files.tenant = ${tenant} and files.visibility = ${sql.lit(trashed)}`;
  const andOfOwner = owner
    ? sql`and files.owner_id = ${owner.ownerId} and files.owner_type = ${owner.ownerType}`
    : sql``;
  const andTrashedBy =
    trashedBy === undefined ? sql`` : sql`and files.deleted_at <= ${trashedBy}::timestamptz`;
  const which = sql`
    select files.* from bkend.files
    where ${isInTrash} ${andTrashedBy} and files.id in (select id from chosen)
    order by files.id for update of files`;
  return sql`
    chosen as materialized (
      select id from bkend.files where ${isInTrash} ${andOfOwner} ${andTrashedBy} limit ${sql.lit(limit)}
    ),
    ${removingFiles(which, { bytes: 'purged' })}`;
}

const tenantsWithTrash = tenantsIn([
  // By the index `files_in_trash`.
  { table: 'files', where: sql`visibility = ${sql.lit(trashed)}` },
]);
