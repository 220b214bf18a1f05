import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, JobOptions, JobReport, JobsDeps } from './job.ts';

/** Jobs that run more rarely cost nothing that an idle state would save. */
const frequentSeconds = 10;

export type JobRun =
  | {
      readonly job: string;
      readonly outcome: 'done';
      readonly report: JobReport;
      readonly durationMs: number;
    }
  | { readonly job: string; readonly outcome: 'failed'; readonly error: unknown; readonly durationMs: number }
  /** Another process was running it. */
  | { readonly job: string; readonly outcome: 'busy' };

/** Runs a job once, unless another process runs it. Never throws: a failure is an outcome. */
export async function runJob(deps: JobsDeps, job: Job, options: JobOptions): Promise<JobRun> {
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  try {
    const report = await deps.lock.runExclusively(job.name, () => job.run(deps, options));
    if (report === undefined) return { job: job.name, outcome: 'busy' };
    return { job: job.name, outcome: 'done', report, durationMs: elapsed() };
  } catch (error) {
    return { job: job.name, outcome: 'failed', error, durationMs: elapsed() };
  }
}

/** The state of the database before a run of a job that may be idle; undefined while it cannot be read. */
async function readState({ changes }: JobsDeps, { everySeconds }: Job): Promise<string | undefined> {
  return everySeconds > frequentSeconds ? undefined : changes.readState().catch(() => undefined);
}

/**
 * Runs every job at its interval until disposed; disposing waits until the running ones have reached their next step.
 * Each job begins after a random part of its interval, at most 60 s, so that many processes do not begin together.
 * @param onRun called with the outcome of each run
 */
export function startJobs(
  deps: JobsDeps,
  jobs: readonly Job[],
  onRun: (run: JobRun) => void,
): AsyncDisposable {
  const stop = new AbortController();
  // Each job waits by it; Node warns of more than ten listeners.
  setMaxListeners(jobs.length, stop.signal);
  const pause = (seconds: number) =>
    sleep(seconds * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
  const repeat = async (job: Job) => {
    if (!job.startsAtOnce) await pause(Math.random() * Math.min(job.everySeconds, 60));
    let idleState: string | undefined;
    while (!stop.signal.aborted) {
      const state = await readState(deps, job);
      if (state === undefined || state !== idleState) {
        const run = await runJob(deps, job, { repair: false, signal: stop.signal });
        onRun(run);
        idleState = run.outcome === 'done' && run.report.isIdle ? state : undefined;
      }
      await pause(job.everySeconds);
    }
  };
  const running = jobs.map(repeat);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await Promise.all(running);
    },
  };
}
