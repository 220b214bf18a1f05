import { StorageError } from '@bkend/storage-contract';
import { type RawBuilder, sql } from 'kysely';
import type { File } from '../../files/file.ts';
import { foldCase } from '../../files/fold-case.ts';
import type { ImportRepository } from '../../uploads/import/import-ports.ts';
import type { Database } from '../database/database.ts';
import type { NewFileValues } from '../files/file-row.ts';
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

/** Columns of the rows below, which have the names of `files`, beside the tenant. */
const importedColumns = {
  id: 'uuid',
  key: 'text',
  object_key: 'text',
  original_name: 'text',
  sort_name: 'text',
  search_name: 'text',
  folder: 'text',
  mime_type: 'text',
  size_bytes: 'bigint',
  width: 'integer',
  height: 'integer',
  visibility: 'text',
  bucket: 'text',
  category: 'text',
  metadata: 'json',
  tags: 'text[]',
  owner_id: 'text',
  owner_type: 'text',
  shared_with: 'text[]',
  etag: 'text',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
} as const;

type ImportedColumn = keyof typeof importedColumns;

function rowOf(file: File): Readonly<Record<ImportedColumn, unknown>> {
  return {
    id: file.id,
    key: file.key,
    object_key: file.objectKey,
    original_name: file.originalName,
    sort_name: file.sortName,
    search_name: foldCase(file.originalName),
    folder: file.folder,
    mime_type: file.mimeType,
    size_bytes: file.sizeBytes,
    width: file.width ?? null,
    height: file.height ?? null,
    visibility: file.visibility,
    bucket: file.bucket,
    category: file.category,
    metadata: file.metadata,
    tags: file.metadata.tags ?? [],
    owner_id: file.ownerId,
    owner_type: file.ownerType,
    shared_with: file.sharedWith,
    etag: file.etag,
    created_at: file.createdAt,
    updated_at: file.updatedAt,
  };
}

/** Values over the rows of `imported`. */
const importedValues: NewFileValues = {
  // The keys are those of the record.
  ...(Object.fromEntries(Object.keys(importedColumns).map((name) => [name, sql.ref(name)])) as Record<
    ImportedColumn,
    RawBuilder<unknown>
  >),
  tenant: sql`tenant`,
  visibility_before_trash: sql`null`,
  version: sql`1`,
  version_id: sql`null`,
  deleted_at: sql`null`,
  self_registered: sql`false`,
};

function createStatement(
  tenant: string,
  files: readonly File[],
  dueAt: Date,
): RawBuilder<{ readonly id: string }> {
  const columns = sql.raw(
    Object.entries(importedColumns)
      .map(([name, type]) => `${name} ${type}`)
      .join(', '),
  );
  return sql`
    with given as materialized (
      select ${tenant}::text as tenant, given.*
      from json_to_recordset(${JSON.stringify(files.map(rowOf))}::json) as given (${columns})
    ),
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
    ${creatingFiles(importedValues, 'imported')}
    select id from created`;
}
