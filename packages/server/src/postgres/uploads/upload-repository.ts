import { sql } from 'kysely';
import { keysOfFileId } from '../../uploads/file-key.ts';
import type { UploadRepository, UploadSum } from '../../uploads/ports.ts';
import type { Upload } from '../../uploads/upload.ts';
import type { Database } from '../database/database.ts';
import { createContentScans } from '../scanning/content-scans.ts';
import { batchUploads } from './batch-uploads.ts';
import { createUploadClaims } from './claim-upload.ts';
import { refuseUpload } from './end-uploads.ts';
import { registerFile } from './register-file.ts';
import { replaceContents } from './replace-contents.ts';
import { insertUploads, readUpload, type UploadRow, uploadArrays, uploadColumns } from './upload-row.ts';

/** Uploads in PostgreSQL. Concurrent calls of `insert`, `claim` and `register`, the hot paths of the service, share statements. */
export function createUploadRepository(database: Database): UploadRepository {
  return {
    insert: batchUploads(async (uploads: readonly Upload[]) => {
      const values = uploadArrays(uploads);
      await database.send({ name: 'insert_uploads', text: insertUploads, values });
      return [];
    }),

    async find(tenant, key) {
      const [row] = await database.prepared(sql<UploadRow>`
        select ${uploadColumns} from bkend.uploads where tenant = ${tenant} and key = ${key}`);
      return row && readUpload(row);
    },

    async findByFileId(tenant, fileId) {
      // Behind the id of a new file stands its extension; `~` begins an upload of new contents.
      const [row] = await database.prepared(sql<UploadRow>`
        select ${uploadColumns}
        from unnest(${[...keysOfFileId(tenant, fileId)]}::text[]) as start
          join bkend.uploads on uploads.tenant = ${tenant} and uploads.key >= start and uploads.key < start || '/'`);
      return row && readUpload(row);
    },

    async findMultipart(tenant, multipartId) {
      const [row] = await database.prepared(sql<UploadRow>`
        select ${uploadColumns} from bkend.uploads where tenant = ${tenant} and multipart_id = ${multipartId}`);
      return row && readUpload(row);
    },

    ...createUploadClaims(database),
    ...createContentScans(database),
    register: registerFile(database),
    replaceContents: replaceContents(database),
    refuse: refuseUpload(database),

    // An aborted upload is open until its URL ends, since bytes can still arrive.
    async countOpen({ tenant, ownerId, ownerType }, { at, unannouncedBytes }) {
      const [row] = await database.prepared(sql<UploadSum>`
        select count(*) as uploads, coalesce(sum(coalesce(size_bytes, ${unannouncedBytes}::bigint)), 0)::bigint as bytes
        from bkend.uploads
        where tenant = ${tenant} and owner_id = ${ownerId} and owner_type = ${ownerType}
          and expires_at > ${at}::timestamptz and (not aborted or url_ends_at > ${at}::timestamptz)`);
      return row ?? { uploads: 0, bytes: 0 };
    },

    async lookNow(tenant, key, at) {
      await database.prepared(sql`
        update bkend.uploads set look_at = ${at}::timestamptz
        where tenant = ${tenant} and key = ${key} and look_at is not null`);
    },

    async abort(tenant, key) {
      await database.prepared(
        sql`update bkend.uploads set aborted = true where tenant = ${tenant} and key = ${key} and not aborted`,
      );
    },
  };
}
