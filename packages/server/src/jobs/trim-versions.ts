import type { Job } from './job.ts';

const filesAtOnce = 500;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * Removes versions that are older than their environment keeps them, and those that are too many since it keeps fewer. A
 * replacement removes those that are too many by itself.
 */
export const trimVersions: Job = {
  name: 'trim-versions',
  description: 'Remove versions that are past their days, or more than the environment keeps.',
  everySeconds: 900,
  async run({ maintenance, findSettings, clock }, { signal }) {
    let removed = 0;
    for (const tenant of await maintenance.tenantsWithVersions()) {
      const settings = await findSettings(tenant);
      const days = settings['versions.days'];
      const now = clock();
      const rule = {
        tenant,
        keep: settings['versions.keep'],
        ...(days !== undefined && { replacedBefore: new Date(now.getTime() - days * dayMs) }),
        now,
      };
      let after: string | undefined;
      do {
        if (signal.aborted) return { counts: { removed } };
        const step = { ...rule, ...(after !== undefined && { after }), limit: filesAtOnce };
        const trimmed = await maintenance.trimVersions(step);
        removed += trimmed.removed;
        after = trimmed.lastFile;
      } while (after !== undefined);
    }
    return { counts: { removed } };
  },
};
