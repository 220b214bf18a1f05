import { emptyTemp } from './empty-temp.ts';
import { expireUploads } from './expire-uploads.ts';
import { foldUsage } from './fold-usage.ts';
import type { Job } from './job.ts';
import { purgeObjects } from './purge-objects.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { sealFiles } from './seal-files.ts';
import { sweepPending } from './sweep-pending.ts';

/** Every job there is. */
export const jobs: readonly Job[] = [
  purgeObjects,
  expireUploads,
  emptyTemp,
  foldUsage,
  sealFiles,
  sweepPending,
  reconcile,
];
