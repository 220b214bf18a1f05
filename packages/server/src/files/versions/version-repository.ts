import type { Tenant } from '../../identity/tenant.ts';
import type { File, FileVersion } from '../file.ts';

/** Former contents of files; what a file has now is no version yet. Files are named by `tenant` and `id`. */
export interface VersionRepository {
  find(file: Pick<File, 'tenant' | 'id'>, versionId: string): Promise<FileVersion | undefined>;
  /** The latest first. @param page.before versions below this number */
  list(
    file: Pick<File, 'tenant' | 'id'>,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<FileVersion[]>;
  /**
   * Gives a file the contents of a version, which ceases to be a version, and notifies all processes. An error of `decide`,
   * which gets the file under a lock, rolls back. Five round trips.
   * @param request.keep versions that the file keeps
   * @returns the file, also where it has these contents already; undefined when there is no such file or version
   */
  restore(
    request: {
      readonly tenant: Tenant;
      readonly id: string;
      readonly versionId: string;
      readonly keep: number;
      readonly at: Date;
    },
    decide: (file: File) => void,
  ): Promise<File | undefined>;
  /** Removes a version and queues the purge of its bytes. @returns false when there is none */
  remove(file: Pick<File, 'tenant' | 'id'>, versionId: string): Promise<boolean>;
}
