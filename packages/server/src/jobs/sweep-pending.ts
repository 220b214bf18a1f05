import { pendingPrefix, readObjectKey } from '../uploads/file-key.ts';
import type { Job } from './job.ts';
import { findObstacle } from './reconcile/safeguards.ts';
import { Tally } from './reconcile/tally.ts';

const pageSize = 1_000;
const hourMs = 60 * 60 * 1000;

/**
 * Removes pending bytes that no upload refers to, an hour after every URL to them has expired: a PUT may arrive after its
 * upload was registered, deleted or expired, and after the purge of its bytes.
 */
export const sweepPending: Job = {
  name: 'sweep-pending',
  description: 'Remove bytes that arrived for uploads that have ended.',
  everySeconds: 60 * 60,
  async run(deps, options) {
    const tally = new Tally(['pendingObjects', 'queuedForPurge']);
    const before = deps.clock().getTime() - deps.limits.uploadUrlLifeSeconds * 1000 - hourMs;
    const old: string[] = [];
    for await (const { key, lastModified } of deps.objects.listObjects(pendingPrefix)) {
      if (options.signal.aborted) return tally.report();
      if (readObjectKey(key)?.kind !== 'pending') continue;
      tally.add('pendingObjects');
      if (lastModified.getTime() < before) old.push(key);
    }
    if (old.length === 0) return tally.report();
    const obstacle = await findObstacle(deps, options);
    if (obstacle !== undefined) {
      tally.note(obstacle);
      return tally.report();
    }
    for (let start = 0; start < old.length; start += pageSize) {
      // The outbox leaves out the bytes of open uploads.
      tally.add('queuedForPurge', await deps.purges.enqueue(old.slice(start, start + pageSize)));
    }
    return tally.report();
  },
};
