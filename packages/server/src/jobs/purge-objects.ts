import type { Purge } from '../files/upkeep.ts';
import type { Job, JobsDeps } from './job.ts';

const batchSize = 100;
const atOnce = 8;

/** Longer than a batch can take: nobody else takes it up meanwhile, and after a crash it is due again. */
const leaseSeconds = 300;

/** Removes the bytes of deleted files and ended uploads, again and again until storage says that they are gone. */
export const purgeObjects: Job = {
  name: 'purge',
  description: 'Remove the bytes of deleted files and ended uploads from storage.',
  everySeconds: 2,
  async run(deps, { signal }) {
    let purged = 0;
    let failed = 0;
    while (!signal.aborted) {
      const claimed = await deps.purges.claim({ limit: batchSize, now: deps.clock(), leaseSeconds });
      for (let start = 0; start < claimed.length; start += atOnce) {
        const batch = claimed.slice(start, start + atOnce);
        const gone = await Promise.all(batch.map((purge) => purgeOne(deps, purge)));
        const finished = batch.filter((_, index) => gone[index]);
        await deps.purges.finish(finished.map(({ id }) => id));
        purged += finished.length;
        failed += batch.length - finished.length;
      }
      if (claimed.length < batchSize) break;
    }
    return { counts: { purged, failed } };
  },
};

/** Whether the bytes are gone; where not, the purge is put off. */
async function purgeOne(deps: JobsDeps, purge: Purge): Promise<boolean> {
  const { id, key, multipartId } = purge;
  try {
    if (multipartId !== undefined) {
      await deps.objects.abortMultipart({ key, multipartId });
      // A part that was on its way may land after the abort (S3 API reference, AbortMultipartUpload).
      const left = await deps.objects.listParts({ key, multipartId });
      if (left !== undefined) throw new Error('parts are left after the abort');
    }
    await deps.objects.delete(key);
    return true;
  } catch (error) {
    const at = new Date(deps.clock().getTime() + backOffSeconds(purge.attempts) * 1000);
    await deps.purges.retry(id, { error: error instanceof Error ? error.message : String(error), at });
    return false;
  }
}

/** 10 s, doubled with every attempt, at most an hour. */
export function backOffSeconds(attempts: number): number {
  return Math.min(10 * 2 ** attempts, 3600);
}
