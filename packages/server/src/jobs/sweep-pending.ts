import { pendingPrefix, readObjectKey } from '../files/file-key.ts';
import type { Job } from './job.ts';
import { findObstacle } from './reconcile/may-act.ts';
import { Tally } from './reconcile/tally.ts';

const pageSize = 1_000;
const hourMs = 60 * 60 * 1000;

/**
 * Removes bytes that wait to be registered and that no upload stands for any more, an hour after any URL to them has ended: a
 * PUT may have come after their upload was registered, deleted or ended, and after its purge.
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
      // Of uploads that are open it leaves the bytes alone.
      tally.add('queuedForPurge', await deps.purges.enqueue(old.slice(start, start + pageSize)));
    }
    return tally.report();
  },
};
