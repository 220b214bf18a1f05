import type { Category, Storage, Visibility } from '@bkend/storage';
import type { Output } from '../../output.ts';
import type { SyncArguments } from './sync-arguments.ts';
import type { FilterOptions } from './sync-filter.ts';
import type { SyncReport } from './sync-report.ts';

export interface SyncOptions extends FilterOptions {
  /** Deletes in the target what is not in the source. */
  readonly delete?: boolean;
  /** Deletes nothing where more files than this would be deleted. */
  readonly maxDelete?: number;
  /** Stored files are deleted for good, not put into the trash. */
  readonly permanent?: boolean;
  readonly dryRun?: boolean;
  /** Compares contents by hash also where size and modification time are equal. */
  readonly checksum?: boolean;
  /** Also reads folders behind links. */
  readonly followLinks?: boolean;
  /** Takes part: all files that the caller may see or, as an admin, change; not the caller's own alone. */
  readonly anyOwner?: boolean;
  /** Upwards: also takes over files of an earlier version's sync that have other contents. */
  readonly adopt?: boolean;
  /** Downwards: overwrites newer files. */
  readonly force?: boolean;
  /** The visibility of new files. */
  readonly visibility?: Visibility;
  /** The category of new files. */
  readonly category?: Category;
  readonly concurrency: number;
}

/** Shared by all steps of one sync. */
export interface SyncRun extends SyncArguments {
  readonly storage: Storage;
  readonly options: SyncOptions;
  readonly report: SyncReport;
  readonly output: Output;
  readonly signal: AbortSignal;
}
