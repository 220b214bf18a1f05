import type { Category, Visibility } from '@bkend/storage-contract';
import type { Tenant } from '../identity/tenant.ts';
import type { Owner } from './file.ts';

export interface UsageRow {
  /** Absent: versions of files, of all categories and visibilities; `files` is their number. */
  readonly category?: Category;
  /** Absent: files in the trash, of every visibility; or versions. */
  readonly visibility?: Visibility;
  readonly files: number;
  readonly bytes: number;
}

export interface UsageLedger {
  /** Exact usage of one owner or, without one, of the whole tenant. */
  read(tenant: Tenant, owner?: Owner): Promise<UsageRow[]>;
  /** The sums that quotas compare when an upload begins: files and bytes, and those that open uploads will add. */
  countWithOpenUploads(
    tenant: Tenant,
    options: { readonly at: Date; readonly owner?: Owner | undefined },
  ): Promise<{ readonly uploads: number; readonly bytes: number }>;
}
