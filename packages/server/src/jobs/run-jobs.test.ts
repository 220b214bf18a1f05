import { expect, it } from 'vitest';
import type { Job, JobsDeps } from './job.ts';
import { startJobs } from './run-jobs.ts';

it('runs many jobs without a warning of too many listeners', async () => {
  const warnings: Error[] = [];
  const keep = (warning: Error) => void warnings.push(warning);
  process.on('warning', keep);
  const jobs = Array.from(
    { length: 30 },
    (_, index): Job => ({
      name: `job-${index}`,
      description: 'waits',
      everySeconds: 60,
      run: async () => ({ counts: {} }),
    }),
  );
  // The jobs wait for their first run, and read no dependency.
  const running = startJobs({} as JobsDeps, jobs, () => {});
  // Node emits warnings in the next tick.
  await new Promise(setImmediate);
  await running[Symbol.asyncDispose]();
  process.off('warning', keep);
  expect(warnings).toEqual([]);
});
