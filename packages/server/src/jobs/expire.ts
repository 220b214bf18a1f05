import { inBatches, type Job } from './job.ts';

/** Ends uploads that were not registered in time; the job `purge` then removes their bytes. */
export const expireUploads: Job = {
  name: 'expire-uploads',
  description: 'End uploads that were not registered in time.',
  everySeconds: 60,
  async run({ maintenance, clock }, { signal }) {
    const now = clock();
    const expired = await inBatches({ batchSize: 500, signal }, (limit) =>
      maintenance.expireUploads({ now, limit }),
    );
    return { counts: { expired } };
  },
};
