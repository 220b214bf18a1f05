import { inBatches, type Job } from './job.ts';
import type { TrashEmptying } from './ports.ts';

const batchSize = 500;
const dayMs = 24 * 60 * 60 * 1000;

/** Removes files whose life in the trash has ended, and what is left of a trash that a client has emptied. */
export const emptyTrash: Job = {
  name: 'empty-trash',
  description: 'Remove files that are past their life in the trash, or whose trash is being emptied.',
  everySeconds: 10,
  async run({ trash, findSettings, clock }, { signal }) {
    const remove = (emptying: TrashEmptying) =>
      inBatches({ batchSize, signal }, (limit) => trash.remove({ ...emptying, limit }));
    let removed = 0;
    for (const emptying of await trash.findEmptyings()) {
      removed += await remove(emptying);
      if (!signal.aborted) await trash.finishEmptying(emptying);
    }
    for (const tenant of await trash.findTenants()) {
      if (signal.aborted) break;
      const { trashLifeDays } = await findSettings(tenant);
      const trashedBy = new Date(clock().getTime() - trashLifeDays * dayMs);
      removed += await remove({ trash: { tenant }, trashedBy });
    }
    return { counts: { removed } };
  },
};
