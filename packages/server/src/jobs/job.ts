import type { Limits } from '@bkend/storage-contract';
import type { ObjectStore } from '../files/object-store.ts';
import type { Clock } from '../files/ports.ts';
import type { InstallationRecord, JobLock, PurgeOutbox, Sealing, Upkeep } from '../files/upkeep.ts';

/** What the jobs need of the world. */
export interface JobsDeps {
  readonly upkeep: Upkeep;
  readonly purges: PurgeOutbox;
  readonly sealing: Sealing;
  readonly installation: InstallationRecord;
  readonly objects: ObjectStore;
  readonly lock: JobLock;
  readonly clock: Clock;
  readonly limits: Limits;
}

export interface JobOptions {
  /** Only reconciling repairs, and only when told to. */
  readonly repair: boolean;
  /** Long work ends early, between two steps, when this aborts. */
  readonly signal: AbortSignal;
}

/** What a run did, in numbers that become metrics: `{purged: 3, failed: 0}`. */
export type JobCounts = Readonly<Record<string, number>>;

export interface JobReport {
  readonly counts: JobCounts;
  /** What a person should look at, one line each. */
  readonly findings?: readonly string[];
}

/** Upkeep that runs by itself every so often, on one process at a time. */
export interface Job {
  readonly name: string;
  readonly description: string;
  readonly everySeconds: number;
  /** Whether the first run comes without a pause. */
  readonly startsAtOnce?: boolean;
  readonly run: (deps: JobsDeps, options: JobOptions) => Promise<JobReport>;
}

/** Repeats a step that works on a batch until one finds less than a batch to do. Returns the sum. */
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
