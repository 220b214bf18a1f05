import { inBatches, type Job } from './job.ts';

const keptMs = 30 * 24 * 60 * 60 * 1_000;

/** Removes deliveries of webhooks past their life, which is that of events. */
export const removeOldDeliveries: Job = {
  name: 'remove-old-deliveries',
  description: 'Remove deliveries of webhooks after 30 days.',
  everySeconds: 600,
  async run({ deliveries, clock }, { signal }) {
    const createdBefore = new Date(clock().getTime() - keptMs);
    const removed = await inBatches({ batchSize: 1_000, signal }, (limit) =>
      deliveries.removeOld({ createdBefore, limit }),
    );
    return { counts: { removed } };
  },
};
