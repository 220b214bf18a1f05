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

/**
 * Counts the totals of folders and facets again where processes of an earlier version, which count neither, have changed files
 * or folded usage.
 */
export const rebuildTotals: Job = {
  name: 'rebuild-totals',
  description: 'Count folders and facets again after changes by processes of an earlier version.',
  everySeconds: 15,
  async run({ maintenance }, { signal }) {
    const rebuilt = await inBatches({ batchSize: 1, signal }, (limit) => maintenance.rebuildTotals(limit));
    return { counts: { rebuilt } };
  },
};
