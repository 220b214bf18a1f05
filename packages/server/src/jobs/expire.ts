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

const dayMs = 24 * 60 * 60 * 1000;

/** Removes files of the category `temp` that have expired. */
export const emptyTemp: Job = {
  name: 'empty-temp',
  description: 'Remove files in category temp that are past their life.',
  everySeconds: 300,
  async run({ maintenance, findSettings, clock }, { signal }) {
    let removed = 0;
    for (const tenant of await maintenance.tenantsWithTempFiles()) {
      if (signal.aborted) break;
      const { tempLifeDays } = await findSettings(tenant);
      const createdBefore = new Date(clock().getTime() - tempLifeDays * dayMs);
      removed += await inBatches({ batchSize: 500, signal }, (limit) =>
        maintenance.expireTempFiles({ tenant, createdBefore, limit }),
      );
    }
    return { counts: { removed } };
  },
};
