import { inBatches, type Job } from './job.ts';

/** Removes files of the category `temp` when their time is over. */
export const emptyTemp: Job = {
  name: 'empty-temp',
  description: 'Remove files in category temp that are past their life.',
  everySeconds: 300,
  async run({ upkeep, clock, limits }, { signal }) {
    const createdBefore = new Date(clock().getTime() - limits.tempFileLifeSeconds * 1000);
    const removed = await inBatches({ batchSize: 500, signal }, (limit) =>
      upkeep.expireTempFiles({ createdBefore, limit }),
    );
    return { counts: { removed } };
  },
};
