import { inBatches, type Job } from './job.ts';

/** Folds the append-only usage deltas into totals, so that counting stays fast. Counts are exact before and after. */
export const foldUsage: Job = {
  name: 'fold-usage',
  description: 'Fold usage deltas into totals.',
  everySeconds: 2,
  async run({ maintenance }, { signal }) {
    const folded = await inBatches({ batchSize: 5_000, signal }, (limit) => maintenance.foldUsage(limit));
    return { counts: { folded } };
  },
};
