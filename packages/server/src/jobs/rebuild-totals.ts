import { inBatches, type Job } from './job.ts';

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
