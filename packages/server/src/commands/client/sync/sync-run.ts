import type { Storage } from '@bkend/storage';
import type { Output } from '../../output.ts';
import type { SyncArguments } from './sync-arguments.ts';
import type { SyncOptions } from './sync-options.ts';
import type { SyncReport } from './sync-report.ts';

/** Shared by all steps of one sync. */
export interface SyncRun extends SyncArguments {
  readonly storage: Storage;
  readonly options: SyncOptions;
  readonly report: SyncReport;
  readonly output: Output;
  readonly signal: AbortSignal;
}
