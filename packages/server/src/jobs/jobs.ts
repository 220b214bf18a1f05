import { deleteEnvironments } from './delete-environments.ts';
import { dropEvents } from './drop-events.ts';
import { emptyTrash } from './empty-trash.ts';
import { emptyTemp, expireUploads } from './expire.ts';
import { fillSortNames } from './fill-sort-names.ts';
import { holdPartsOfUploads } from './hold-parts.ts';
import type { Job } from './job.ts';
import { purgeObjects } from './purge-objects.ts';
import { reconcile } from './reconcile/reconcile.ts';
import { registerUploads } from './register-uploads.ts';
import { removeOldAuditEntries } from './remove-old-audit-entries.ts';
import { removeOldDeliveries } from './remove-old-deliveries.ts';
import { runOperations } from './run-operations.ts';
import { scanFiles } from './scan-files.ts';
import { sealFiles } from './seal-files.ts';
import { sweepPending } from './sweep-pending.ts';
import { foldUsage, rebuildTotals } from './totals.ts';
import { trimVersions } from './trim-versions.ts';

/** Every job; `jobs list` and the role `jobs` go by this table. */
export const jobs: readonly Job[] = [
  purgeObjects,
  registerUploads,
  scanFiles,
  expireUploads,
  holdPartsOfUploads,
  emptyTemp,
  emptyTrash,
  trimVersions,
  dropEvents,
  runOperations,
  deleteEnvironments,
  removeOldDeliveries,
  removeOldAuditEntries,
  foldUsage,
  rebuildTotals,
  fillSortNames,
  sealFiles,
  sweepPending,
  reconcile,
];
