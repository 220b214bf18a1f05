import type { JobsDeps } from '../jobs/job.ts';
import { createChanges } from './database/changes.ts';
import type { Database } from './database/database.ts';
import { createInstallationRecord } from './database/installation.ts';
import { createJobLock } from './database/job-lock.ts';
import { createTrashCollection } from './files/empty-trash.ts';
import { createSealing } from './files/seal-files.ts';
import { createMaintenance } from './maintenance.ts';
import { createOperationRepository } from './operations/operation-repository.ts';
import { createAuditLog } from './operators/audit-log.ts';
import { createPurgeOutbox } from './outbox/purge-outbox.ts';
import { createDeletionRepository } from './projects/deletion-repository.ts';
import { createScanQueue } from './scanning/scan-queue.ts';
import { createUnattendedUploads } from './uploads/unattended-uploads.ts';
import { createUploadRepository } from './uploads/upload-repository.ts';
import { createDeliveryQueue } from './webhooks/delivery-queue.ts';

/** The dependencies of jobs on this database. @param others those that are not in a database */
export function createJobsDeps(
  database: Database,
  others: Pick<JobsDeps, 'objects' | 'clock' | 'limits' | 'findSettings' | 'scanner'>,
): JobsDeps {
  return {
    maintenance: createMaintenance(database),
    purges: createPurgeOutbox(database),
    sealing: createSealing(database),
    scans: createScanQueue(database),
    uploads: createUploadRepository(database),
    unattended: createUnattendedUploads(database),
    trash: createTrashCollection(database),
    operations: createOperationRepository(database),
    deletions: createDeletionRepository(database),
    deliveries: createDeliveryQueue(database),
    auditLog: createAuditLog(database),
    installation: createInstallationRecord(database),
    lock: createJobLock(database),
    changes: createChanges(database),
    ...others,
  };
}
