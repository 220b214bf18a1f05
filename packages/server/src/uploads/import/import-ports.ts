import type { File } from '../../files/file.ts';
import type { Tenant } from '../../identity/tenant.ts';

/** The object keys of one tenant that an import is about to write, and when their purge is due unless files take them. */
interface Reserved {
  readonly tenant: Tenant;
  readonly objectKeys: readonly string[];
  readonly dueAt: Date;
}

/** Files as an import writes them. Every method is one statement. */
export interface ImportRepository {
  /** The ids and keys of the files, in the trash or not, that have one of these. */
  findExisting(
    tenant: Tenant,
    wanted: { readonly ids: readonly string[]; readonly keys: readonly string[] },
  ): Promise<{ readonly id: string; readonly key: string }[]>;
  /** Queues the purge of bytes that are about to be written: whatever dies, they are a file's or are purged. */
  reserve(reserved: Reserved): Promise<void>;
  /** Puts the purges off, where they have not begun. */
  putOff(reserved: Reserved, dueAt: Date): Promise<void>;
  /**
   * Creates those files whose id and key are free and whose bytes' purge has not begun, and cancels these purges.
   * @returns their ids
   */
  create(tenant: Tenant, files: readonly File[], dueAt: Date): Promise<Set<string>>;
}
