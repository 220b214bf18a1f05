import { emptyTemp } from './empty-temp.ts';
import { expireUploads } from './expire-uploads.ts';
import { foldUsage } from './fold-usage.ts';
import type { Job } from './job.ts';
import { purgeObjects } from './purge-objects.ts';
import { reconcile } from './reconcile.ts';

/** Every job there is. */
export const jobs: readonly Job[] = [purgeObjects, expireUploads, emptyTemp, foldUsage, reconcile];
