import type { Config } from '../config/config.ts';
import type { Job } from '../jobs/job.ts';
import { jobs as allJobs } from '../jobs/jobs.ts';
import { runJob } from '../jobs/run-jobs.ts';
import { findEmbeddedDatabaseUrl } from '../postgres/embedded/find-embedded-database.ts';
import { openJobs } from '../roles/jobs.ts';
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
  if (repair && job.name !== 'reconcile') throw new UsageError('--repair is for jobs run reconcile.');
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

/** A job needs database and object store: without the service it would only wait for them. */
async function requireService({ database, dataDir }: Config): Promise<void> {
  if (database.kind === 'embedded' && (await findEmbeddedDatabaseUrl(dataDir)) === undefined) {
    throw new Error(`The service does not run on ${dataDir}; start it with "bkend-storage serve".`);
  }
}
