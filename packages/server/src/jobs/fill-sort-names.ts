import { inBatches, type Job } from './job.ts';

const batchSize = 200;

/** Fills the names that lists sort by and searches look in, of files that an earlier version has registered, renamed or shared. */
export const fillSortNames: Job = {
  name: 'fill-sort-names',
  description:
    'Fill the names that lists sort by and searches look in, of files registered or renamed by an earlier version.',
  everySeconds: 15,
  startsAtOnce: true,
  async run({ maintenance }, { signal }) {
    const filled = await inBatches({ batchSize, signal }, (limit) => maintenance.fillSortNames(limit));
    return { counts: { filled } };
  },
};
