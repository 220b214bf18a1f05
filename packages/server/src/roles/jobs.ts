import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, type Registry } from 'prom-client';
import type { Config } from '../config/config.ts';
import { urlOf } from '../config/listening.ts';
import type { JobsDeps } from '../jobs/job.ts';
import { jobs } from '../jobs/jobs.ts';
import { type JobRun, startJobs as repeatJobs } from '../jobs/run-jobs.ts';
import type { Logger } from '../observability/logger.ts';
import { createRegistry } from '../observability/metrics.ts';
import { createOperationsHandler } from '../observability/operations-handler.ts';
import { createPurgeOutbox } from '../postgres/files/purge-outbox.ts';
import { createJobLock } from '../postgres/job-lock.ts';
import { createUpkeep } from '../postgres/upkeep.ts';
import { openDatabase, openObjects } from './backends.ts';
import { closeServer } from './close-server.ts';
import type { StartRole } from './role.ts';

/** Upkeep, repeated for as long as the process runs. */
export const startJobs: StartRole = async (config, log) => {
  const registry = createRegistry('jobs');
  const { deps, check, close } = await openJobs(config, log);
  const count = createJobMetrics(registry);
  const operations = createOperationsHandler({
    checks: check,
    registry,
    onFailure: (part, error) => log.warn({ part, err: error }, 'not ready'),
  });
  const server = createServer((request, response) => {
    if (!operations(request, response)) response.writeHead(404).end();
  });
  server.listen(config.jobs.port, config.jobs.host);
  await once(server, 'listening');
  const running = repeatJobs(deps, jobs, (run) => {
    count(run);
    logRun(log, run);
  });
  // A listening TCP server's address is never a path.
  const { port } = server.address() as AddressInfo;
  return {
    url: urlOf(config.jobs.host, port),
    stop: async () => {
      await running[Symbol.asyncDispose]();
      await closeServer(server);
      await close();
    },
  };
};

/** What jobs need, for the role and for `jobs run`. */
export async function openJobs(config: Config, log: Logger) {
  const [database, objects] = await Promise.all([openDatabase(config, 'jobs'), openObjects(config, log)]);
  const deps: JobsDeps = {
    upkeep: createUpkeep(database),
    purges: createPurgeOutbox(database),
    objects,
    lock: createJobLock(database),
    clock: () => new Date(),
    limits: config.limits,
  };
  return {
    deps,
    check: { database: () => database.check(), bucket: () => objects.check() },
    close: async () => {
      await objects[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

function createJobMetrics(registry: Registry): (run: JobRun) => void {
  const runs = new Counter({
    name: 'bkend_job_runs_total',
    help: 'Runs of each job, by outcome.',
    labelNames: ['job', 'outcome'],
    registers: [registry],
  });
  const work = new Counter({
    name: 'bkend_job_work_total',
    help: 'What jobs did, by kind of work.',
    labelNames: ['job', 'work'],
    registers: [registry],
  });
  return (run) => {
    runs.inc({ job: run.job, outcome: run.outcome });
    if (run.outcome !== 'done') return;
    for (const [name, count] of Object.entries(run.report.counts)) {
      work.inc({ job: run.job, work: name }, count);
    }
  };
}

/** Silent about runs that found nothing to do. */
function logRun(log: Logger, run: JobRun): void {
  if (run.outcome === 'failed') log.error({ job: run.job, err: run.error }, 'job failed');
  if (run.outcome !== 'done') return;
  for (const finding of run.report.findings ?? []) log.warn({ job: run.job }, finding);
  const didSomething = Object.values(run.report.counts).some((count) => count > 0);
  if (didSomething) log.info({ job: run.job, ...run.report.counts }, 'job done');
}
