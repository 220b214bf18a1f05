import { sql } from 'kysely';
import type { Owner } from '../../files/file.ts';
import type { UploadSum } from '../../files/open-uploads.ts';
import type { Tenant } from '../../identity/tenant.ts';
import type { Database } from '../database.ts';

/** The open uploads of one owner; an aborted one is open until its URL ends, since bytes can still arrive. */
export async function countOpenUploads(
  database: Database,
  { tenant, ownerId, ownerType }: Owner & { readonly tenant: Tenant },
  { at, unannouncedBytes }: { readonly at: Date; readonly unannouncedBytes: number },
): Promise<UploadSum> {
  const [row] = await database.prepared(sql<{ uploads: number; bytes: number }>`
    select count(*) as uploads, coalesce(sum(coalesce(size_bytes, ${unannouncedBytes}::bigint)), 0)::bigint as bytes
    from bkend.uploads
    where tenant = ${tenant} and owner_id = ${ownerId} and owner_type = ${ownerType}
      and expires_at > ${at}::timestamptz and (not aborted or url_ends_at > ${at}::timestamptz)`);
  return row ?? { uploads: 0, bytes: 0 };
}
