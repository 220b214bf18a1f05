import { inBatches, type Job } from './job.ts';

const keptMs = 365 * 24 * 60 * 60 * 1_000;

/** Removes entries of the audit log past their life. */
export const removeOldAuditEntries: Job = {
  name: 'remove-old-audit-entries',
  description: 'Remove entries of the audit log after a year.',
  everySeconds: 3_600,
  async run({ auditLog, clock }, { signal }) {
    const before = new Date(clock().getTime() - keptMs);
    const removed = await inBatches({ batchSize: 1_000, signal }, (limit) =>
      auditLog.removeOld({ before, limit }),
    );
    return { counts: { removed } };
  },
};
