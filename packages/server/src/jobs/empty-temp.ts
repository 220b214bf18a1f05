import { inBatches, type Job } from './job.ts';

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
