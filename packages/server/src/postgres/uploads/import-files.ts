import { StorageError } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { File } from '../../files/file.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { ImportRepository } from '../../uploads/import/import-ports.ts';
import { givenRows } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { newFileColumns, newFileRow } from '../files/new-file.ts';
import { creatingFiles } from '../files/record-change.ts';
import { queuePurges } from '../outbox/queue-purges.ts';

/** After the first purge of bytes that no file took, for the second: a copy may have been made late. */
const afterFirstPurge = sql`interval '1 hour'`;

/** Two runs at once may create the same file: one of them finds it when it tries again. */
const maxAttempts = 3;

/** Imported files in PostgreSQL: many files a statement. */
export function createImportRepository(database: Database): ImportRepository {
  return {
    findExisting: (tenant, { ids, keys }) =>
      database.prepared(sql<{ id: string; key: string }>`
        select id, key from bkend.files where tenant = ${tenant} and id = any (${ids}::uuid[])
        union
        select id, key from bkend.files where tenant = ${tenant} and key = any (${keys}::text[])`),

    async reserve({ tenant, objectKeys, dueAt }) {
      await database.prepared(
        queuePurges(sql`
          select ${tenant}::text, key, null::text, ${dueAt}::timestamptz, ${dueAt}::timestamptz + ${afterFirstPurge}
          from unnest(${objectKeys}::text[]) as key`),
      );
    },

    async putOff({ tenant, objectKeys, dueAt }, later) {
      await database.prepared(sql`
        update bkend.purges set due_at = ${later}::timestamptz, again_at = ${later}::timestamptz + ${afterFirstPurge}
        where tenant = ${tenant} and key = any (${objectKeys}::text[]) and due_at = ${dueAt}::timestamptz`);
    },

    async create(tenant, files, dueAt) {
      const statement = createStatement(tenant, files, dueAt);
      for (let count = 1; ; count += 1) {
        try {
          const rows = await database.prepared(statement);
          return new Set(rows.map(({ id }) => id));
        } catch (error) {
          if (count === maxAttempts || !isUniqueViolation(error)) throw error;
        }
      }
    },
  };
}

/** SQLSTATE 23505, "unique_violation". */
function isUniqueViolation(error: unknown): boolean {
  const cause = error instanceof StorageError ? error.cause : error;
  return cause instanceof Error && 'code' in cause && cause.code === '23505';
}

function createStatement(
  tenant: Tenant,
  files: readonly File[],
  dueAt: Date,
): RawBuilder<{ readonly id: string }> {
  const rows = files.map((file) => newFileRow({ ...file, tenant }));
  return sql`
    with given as materialized (select * from ${givenRows('given', newFileColumns, rows)}),
    free as materialized (
      select given.* from given
      where not exists (select from bkend.files where files.tenant = given.tenant and files.id = given.id)
        and not exists (select from bkend.files where files.tenant = given.tenant and files.key = given.key)
    ),
    cancelled as (
      delete from bkend.purges using free
      where purges.tenant = free.tenant and purges.key = free.object_key and purges.due_at = ${dueAt}::timestamptz
      returning purges.key
    ),
    imported as (select free.* from free join cancelled on cancelled.key = free.object_key),
    ${creatingFiles('imported')}
    select id from created`;
}
