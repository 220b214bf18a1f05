import { type Job, type JobsDeps, nextAttemptAt } from './job.ts';
import type { Purge } from './purge-outbox.ts';

const batchSize = 100;
const concurrency = 8;

/** Longer than a batch takes, so that no other process claims the same purges; after a crash they are due again. */
const leaseSeconds = 300;

/** Removes the bytes of deleted files and ended uploads; what fails is retried with back-off until storage confirms it. */
export const purgeObjects: Job = {
  name: 'purge',
  description: 'Remove the bytes of deleted files and ended uploads from storage.',
  everySeconds: 2,
  async run(deps, { signal }) {
    let purged = 0;
    let failed = 0;
    while (!signal.aborted) {
      const claimed = await deps.purges.claim({ limit: batchSize, now: deps.clock(), leaseSeconds });
      const left = await purgeTogether(deps, claimed);
      purged += claimed.length - left.length;
      for (let start = 0; start < left.length; start += concurrency) {
        const batch = left.slice(start, start + concurrency);
        const gone = await Promise.all(batch.map((purge) => purgeObject(deps, purge)));
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

/**
 * Removes many objects by one request, where the store takes such.
 * @returns the purges that are left to be done one by one: multipart uploads, and all when the request failed
 */
async function purgeTogether(deps: JobsDeps, claimed: readonly Purge[]): Promise<readonly Purge[]> {
  const objects = claimed.filter(({ multipartId }) => multipartId === undefined);
  if (deps.objects.deleteTogether === undefined || objects.length === 0) return claimed;
  try {
    await deps.objects.deleteTogether(objects.map(({ key }) => key));
  } catch {
    return claimed;
  }
  await deps.purges.finish(objects.map(({ id }) => id));
  return claimed.filter(({ multipartId }) => multipartId !== undefined);
}

/** @returns whether the bytes are gone; otherwise the purge is retried */
async function purgeObject(deps: JobsDeps, purge: Purge): Promise<boolean> {
  const { id, key, multipartId } = purge;
  try {
    if (multipartId !== undefined) {
      await deps.objects.abortMultipart({ key, multipartId });
      // A part that was being sent may arrive after the abort (S3 API reference, AbortMultipartUpload).
      const left = await deps.objects.listParts({ key, multipartId });
      if (left !== undefined) throw new Error('parts are left after the abort');
    }
    await deps.objects.delete(key);
    return true;
  } catch (error) {
    const at = nextAttemptAt(deps.clock(), purge.attempts);
    await deps.purges.retry(id, { error: error instanceof Error ? error.message : String(error), at });
    return false;
  }
}
