import { StorageError } from '@bkend/storage-contract';
import { type Selectable, sql } from 'kysely';
import { canManage } from '../../files/access.ts';
import type { Upload } from '../../files/file.ts';
import type { UploadRepository } from '../../files/ports.ts';
import { batch } from '../batch.ts';
import type { Database } from '../database.ts';
import type { UploadTable } from '../tables.ts';
import { claimUpload, releaseUpload, renewClaim } from './claim-upload.ts';
import { countOpenUploads } from './count-open-uploads.ts';
import { refuseUpload } from './end-uploads.ts';

/**
 * Uploads in PostgreSQL. `insert` is the hot path of the whole service: calls made while others are on their way share
 * one statement, and so one commit.
 */
export function createUploadRepository(database: Database): UploadRepository {
  const insert = batch({
    maxItems: 500,
    maxInFlight: 2,
    run: async (uploads: readonly Upload[]) => {
      await database.send({ name: 'insert_uploads', text: insertStatement, values: columnsOf(uploads) });
    },
    isOneItemsFault: (error) => !(error instanceof StorageError && error.code === 'common/unavailable'),
  });

  return {
    insert,

    async find(tenant, key) {
      const [row] = await database.prepared(sql<Selectable<UploadTable>>`
        select * from bkend.uploads where tenant = ${tenant} and key = ${key}`);
      return row && readUpload(row);
    },

    async claim(caller, claim) {
      const found = await claimUpload(database, caller, claim);
      if (found === undefined) return { outcome: 'upload-not-found' };
      const upload = readUpload(found.upload);
      if (found.isClaimed) return { outcome: 'claimed', upload };
      if (!canManage(caller, upload)) return { outcome: 'access-denied' };
      const isOpen = !upload.aborted && upload.expiresAt > claim.at;
      return { outcome: isOpen ? 'busy' : 'upload-not-found' };
    },
    renewClaim: (claim) => renewClaim(database, claim),
    release: (claim) => releaseUpload(database, claim),
    countOpen: (owner, options) => countOpenUploads(database, owner, options),
    refuse: (tenant, key) => refuseUpload(database, tenant, key),

    async abort(tenant, key) {
      await database.prepared(
        sql`update bkend.uploads set aborted = true where tenant = ${tenant} and key = ${key} and not aborted`,
      );
    },
  };
}

const insertStatement = `
  insert into bkend.uploads (tenant, key, content_type, size_bytes, owner_id, owner_type, visibility, category,
    multipart_id, aborted, is_pending, url_ends_at, created_at, expires_at)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::boolean[], $11::boolean[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[])`;

/** One array a column, as `unnest` wants them: the statement's text is the same for any number of rows. */
function columnsOf(uploads: readonly Upload[]): unknown[][] {
  return [
    uploads.map((upload) => upload.tenant),
    uploads.map((upload) => upload.key),
    uploads.map((upload) => upload.contentType),
    uploads.map((upload) => upload.sizeBytes),
    uploads.map((upload) => upload.ownerId),
    uploads.map((upload) => upload.ownerType),
    uploads.map((upload) => upload.visibility),
    uploads.map((upload) => upload.category),
    uploads.map((upload) => upload.multipartId),
    uploads.map((upload) => upload.aborted),
    uploads.map((upload) => upload.isPending),
    uploads.map((upload) => upload.urlEndsAt?.toISOString()),
    uploads.map((upload) => upload.createdAt.toISOString()),
    uploads.map((upload) => upload.expiresAt.toISOString()),
  ];
}

function readUpload(row: Selectable<UploadTable>): Upload {
  return {
    tenant: row.tenant,
    key: row.key,
    contentType: row.content_type,
    ...(row.size_bytes !== null && { sizeBytes: row.size_bytes }),
    ownerId: row.owner_id,
    ownerType: row.owner_type,
    visibility: row.visibility,
    category: row.category,
    ...(row.multipart_id !== null && { multipartId: row.multipart_id }),
    aborted: row.aborted,
    isPending: row.is_pending,
    ...(row.url_ends_at !== null && { urlEndsAt: row.url_ends_at }),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
