import { sql } from 'kysely';
import type { Registration, UploadRepository } from '../../uploads/ports.ts';
import { givenRows } from '../database/columns.ts';
import type { Database } from '../database/database.ts';
import { type FileRow, fileColumns, readFile } from '../files/file-row.ts';
import { type NewFileColumn, newFileColumnNames, newFileColumns, newFileRow } from '../files/new-file.ts';
import { creatingFiles } from '../files/record-change.ts';
import { batchUploads } from './batch-uploads.ts';
import { takingUploads } from './take-upload.ts';

const registrationColumns = { ...newFileColumns, attempt: 'uuid' };

/**
 * Makes an upload a file, where the attempt that claimed it still holds it, in one statement, which concurrent registrations
 * share.
 */
export function registerFile(database: Database): UploadRepository['register'] {
  return batchUploads(async (registrations: readonly Registration[]) => {
    const rows = await database.prepared(sql<FileRow>`
      with given as materialized (
        select * from ${givenRows('given', registrationColumns, registrations.map(rowOf))}
      ),
      ${takingUploads},
      registered as (select ${registeredColumns} from ended join given using (tenant, key)),
      ${creatingFiles('registered')}
      select ${fileColumns} from created as files`);
    const files = new Map(rows.map((row) => [row.id, readFile(row)]));
    return registrations.map(({ id }) => files.get(id));
  });
}

function rowOf(registration: Registration) {
  const { upload, attempt, at, ...file } = registration;
  const { tenant, key } = upload;
  return { ...newFileRow({ ...file, tenant, key, createdAt: at, updatedAt: at }), attempt };
}

/** Columns that a registration may leave out: then they are the upload's. */
const columnsOfUpload = new Set<NewFileColumn>([
  'folder',
  'visibility',
  'category',
  'owner_id',
  'owner_type',
]);

const registeredColumns = sql.join(
  newFileColumnNames.map((name) => {
    const given = sql.ref(`given.${name}`);
    if (!columnsOfUpload.has(name)) return given;
    return sql`coalesce(${given}, ${sql.ref(`ended.${name}`)}) as ${sql.ref(name)}`;
  }),
);
