import type { Job } from '../jobs/job.ts';
import { jobs as allJobs } from '../jobs/jobs.ts';
import { runJob } from '../jobs/run-jobs.ts';
import { openJobs } from '../roles/jobs.ts';
import { requireService } from '../roles/require-service.ts';
import type { CommandContext } from './command-context.ts';
import { UsageError } from './command-errors.ts';

/** @throws UsageError with the list of jobs */
export function findJob(name: string): Job {
  const job = allJobs.find((candidate) => candidate.name === name);
  if (job !== undefined) return job;
  const names = allJobs.map((each) => `  ${each.name.padEnd(16)} ${each.description}`);
  throw new UsageError(`There is no job ${JSON.stringify(name)}. These are the jobs:`, ...names);
}

/** `jobs run`: runs one job now, to its end, and shows what it did. */
export async function runNamedJob(
  job: Job,
  { repair = false }: { repair?: boolean },
  context: CommandContext,
) {
  const { config, log, isJson, print } = context;
  await requireService(config);
  const { deps, close } = await openJobs(config, log);
  try {
    const run = await runJob(deps, job, { repair, signal: new AbortController().signal });
    if (run.outcome === 'failed') throw run.error;
    if (run.outcome === 'busy')
      throw new Error(`Another process is running ${job.name} now; try again later.`);
    if (isJson) print(JSON.stringify({ job: job.name, ...run.report }));
    else {
      for (const finding of run.report.findings ?? []) print(finding);
      const counts = Object.entries(run.report.counts).map(([what, count]) => `${what} ${count}`);
      print(`${job.name}: ${counts.join(', ')}`);
    }
  } finally {
    await close();
  }
}
