import { inBatches, type Job } from './job.ts';

/** Ends uploads that nobody registered in time; the purge job then removes what they left in storage. */
export const expireUploads: Job = {
  name: 'expire-uploads',
  description: 'End uploads that were not registered in time.',
  everySeconds: 60,
  async run({ upkeep, clock }, { signal }) {
    const now = clock();
    const expired = await inBatches({ batchSize: 500, signal }, (limit) =>
      upkeep.expireUploads({ now, limit }),
    );
    return { counts: { expired } };
  },
};
