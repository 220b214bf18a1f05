import { parseArgs } from 'node:util';
import type { Config } from '../config/config.ts';
import { jobs as allJobs } from '../jobs/jobs.ts';
import { runJob } from '../jobs/run-jobs.ts';
import { findEmbeddedDatabaseUrl } from '../postgres/embedded/embedded-database-url.ts';
import { openJobs } from '../roles/jobs.ts';
import type { Command } from './command.ts';
import { UsageError } from './usage-error.ts';

/** `jobs run NAME [--repair] [--json]`: runs one job now, to its end, and says what it did. */
export const jobs: Command = async ([name, ...words], { config, log, print }) => {
  const { values, positionals } = parseArgs({
    args: words,
    options: { repair: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const job = allJobs.find((candidate) => candidate.name === positionals[0]);
  if (name !== 'run' || job === undefined || positionals.length > 1) {
    const names = allJobs.map((candidate) => `  ${candidate.name.padEnd(16)} ${candidate.description}`);
    throw new UsageError(['jobs run is followed by the name of a job:', ...names].join('\n'));
  }
  if (values.repair && job.name !== 'reconcile') throw new UsageError('--repair is for jobs run reconcile.');

  await requireService(config);
  const { deps, close } = await openJobs(config, log);
  try {
    const run = await runJob(deps, job, { repair: values.repair, signal: new AbortController().signal });
    if (run.outcome === 'failed') throw run.error;
    if (run.outcome === 'busy')
      throw new Error(`Another process is running ${job.name} now; try again later.`);
    if (values.json) print(JSON.stringify({ job: job.name, ...run.report }));
    else {
      for (const finding of run.report.findings ?? []) print(finding);
      const counts = Object.entries(run.report.counts).map(([what, count]) => `${what} ${count}`);
      print(`${job.name}: ${counts.join(', ')}`);
    }
  } finally {
    await close();
  }
};

/** A job works on both database and objects: without them it would only wait. */
async function requireService({ database, dataDir }: Config): Promise<void> {
  if (database.kind === 'embedded' && (await findEmbeddedDatabaseUrl(dataDir)) === undefined) {
    throw new Error(`The service does not run on ${dataDir}; start it with "bkend-storage serve".`);
  }
}
