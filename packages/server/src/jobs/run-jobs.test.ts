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

it('leaves out the runs of an idle job until the database changes', async () => {
  let [state, reads, runs] = ['1', 0, 0];
  const job: Job = {
    ...{ name: 'idle', description: 'finds nothing', everySeconds: 0.001, startsAtOnce: true },
    run: async () => {
      runs += 1;
      return { counts: {}, isIdle: runs !== 3 };
    },
  };
  const deps = {
    changes: {
      readState: async () => {
        reads += 1;
        return state;
      },
    },
    lock: { runExclusively: (_job: string, work: () => Promise<unknown>) => work() },
  };
  // The job reads no other dependency.
  const running = startJobs(deps as unknown as JobsDeps, [job], () => {});
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise(setImmediate);
  };
  await until(() => reads >= 10);
  expect(runs).toBe(1);
  state = '2';
  await until(() => runs === 2);
  state = '3';
  // The third run has left work, so a fourth follows without a change.
  await until(() => runs === 4);
  const before = reads;
  await until(() => reads >= before + 10);
  expect(runs).toBe(4);
  await running[Symbol.asyncDispose]();
});
