import type { Tenant } from '../identity/tenant.ts';
import type { Job } from './job.ts';

/** Rows of each kind in one step. */
const batchSize = 500;
/**
 * After the mark, until an environment ends for good: requests that were under way have ended by then, in every process, and what they
 * made is removed.
 */
const settlingMs = 15_000;

/** Goes on with the deletion of environments, whatever became of the process that began it; a large one keeps no small one waiting. */
export const deleteEnvironments: Job = {
  name: 'delete-environments',
  description: 'Remove the files, uploads, keys and webhooks of environments that are being deleted.',
  everySeconds: 1,
  startsAtOnce: true,
  async run({ deletions, clock }, { signal }) {
    let removed = 0;
    let deleted = 0;
    const emptied = new Set<Tenant>();
    for (;;) {
      const pending = (await deletions.list()).filter(({ tenant }) => !emptied.has(tenant));
      if (pending.length === 0 || signal.aborted) break;
      for (const { tenant, since } of pending) {
        if (signal.aborted) break;
        const count = await deletions.removeNext(tenant, batchSize);
        removed += count;
        if (count > 0) continue;
        emptied.add(tenant);
        const isSettled = clock().getTime() - since.getTime() >= settlingMs;
        if (isSettled && (await deletions.finish(tenant, clock()))) deleted += 1;
      }
    }
    await deletions.finishProjects(clock());
    return { counts: { removed, deleted }, isIdle: emptied.size === deleted };
  },
};
