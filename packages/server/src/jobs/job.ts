import type { Limits } from '@bkend/storage-contract';
import type { DeliveryQueue } from '../events/webhooks/webhook-ports.ts';
import type { ObjectStore } from '../files/object-store.ts';
import type { OperationRepository } from '../files/operations/operation-repository.ts';
import type { Clock } from '../files/ports.ts';
import type { AuditLog } from '../identity/operators/ports.ts';
import type { DeletionRepository, FindSettings } from '../projects/ports.ts';
import type { UploadRepository } from '../uploads/ports.ts';
import type { InstallationRecord } from './installation-marker.ts';
import type { Maintenance, TrashCollection, UnattendedUploads } from './ports.ts';
import type { PurgeOutbox } from './purge-outbox.ts';
import type { Scanner, ScanQueue } from './scanning.ts';
import type { Sealing } from './sealing.ts';

/** A lock of each job: one process at a time runs it, over all machines. */
export interface JobLock {
  /** @returns undefined when another process is running the job */
  runExclusively<T>(job: string, work: () => Promise<T>): Promise<T | undefined>;
}

/** Dependencies of the jobs; each uses some. */
export interface JobsDeps {
  readonly maintenance: Maintenance;
  readonly purges: PurgeOutbox;
  readonly sealing: Sealing;
  readonly scans: ScanQueue;
  /** Absent where the service has none: files of environments with a scanner wait. */
  readonly scanner?: Scanner;
  readonly uploads: UploadRepository;
  readonly unattended: UnattendedUploads;
  readonly trash: TrashCollection;
  readonly operations: OperationRepository;
  readonly deletions: DeletionRepository;
  readonly deliveries: Pick<DeliveryQueue, 'removeOld'>;
  readonly auditLog: Pick<AuditLog, 'removeOld'>;
  readonly installation: InstallationRecord;
  readonly objects: ObjectStore;
  readonly lock: JobLock;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly findSettings: FindSettings;
  readonly changes: Changes;
}

/** Finds out at little cost whether anything may have changed. */
export interface Changes {
  /** A text that is another one once any transaction of the database has been committed in between. */
  readState(): Promise<string>;
}

export interface JobOptions {
  /** Whether the reconciler repairs; the other jobs ignore it. */
  readonly repair: boolean;
  /** Aborts a long run between two steps. */
  readonly signal: AbortSignal;
}

/** The outcome of a run in numbers, which become metrics: `{purged: 3, failed: 0}`. */
type JobCounts = Readonly<Record<string, number>>;

export interface JobReport {
  readonly counts: JobCounts;
  /** Lines for the operator, logged as warnings. */
  readonly findings?: readonly string[];
  /** There is nothing to do before the database changes: runs until then are left out. */
  readonly isIdle?: boolean;
}

/** Work that the role `jobs` does on a schedule, in one process at a time. */
export interface Job {
  readonly name: string;
  readonly description: string;
  readonly everySeconds: number;
  /** Whether the first run comes without a pause. */
  readonly startsAtOnce?: boolean;
  readonly run: (deps: JobsDeps, options: JobOptions) => Promise<JobReport>;
}

/** Repeats a step that works on a batch until a batch is not full. @returns the sum of the batches */
export async function inBatches(
  options: { readonly batchSize: number; readonly signal: AbortSignal },
  step: (limit: number) => Promise<number>,
): Promise<number> {
  let total = 0;
  while (!options.signal.aborted) {
    const count = await step(options.batchSize);
    total += count;
    if (count < options.batchSize) break;
  }
  return total;
}

/** The instant of the next attempt after `attempts` failures: in 10 s, doubled with every failure, at most an hour. */
export function nextAttemptAt(now: Date, attempts: number): Date {
  return new Date(now.getTime() + Math.min(10 * 2 ** attempts, 3_600) * 1_000);
}
