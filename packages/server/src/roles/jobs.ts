import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { StorageError } from '@bkend/storage-contract';
import { Counter, type Registry } from 'prom-client';
import type { Config } from '../config/config.ts';
import { urlOf } from '../config/listening.ts';
import { createHost } from '../http/create-host.ts';
import { sendError } from '../http/send-error.ts';
import type { JobsDeps } from '../jobs/job.ts';
import { jobs } from '../jobs/jobs.ts';
import { type JobRun, startJobs as repeatJobs } from '../jobs/run-jobs.ts';
import type { Logger } from '../observability/logger.ts';
import { createRegistry } from '../observability/metrics.ts';
import { createPurgeOutbox } from '../postgres/files/purge-outbox.ts';
import { createSealing } from '../postgres/files/seal-files.ts';
import { createInstallationRecord } from '../postgres/installation.ts';
import { createJobLock } from '../postgres/job-lock.ts';
import { createUpkeep } from '../postgres/upkeep.ts';
import { openDatabase, openObjects } from './backends.ts';
import { type Operations, openOperations } from './open-operations.ts';
import type { StartRole } from './role.ts';

/** Upkeep, repeated for as long as the process runs. */
export const startJobs: StartRole = async (config, log) => {
  const registry = createRegistry('jobs');
  const { deps, check, close } = await openJobs(config, log);
  const count = createJobMetrics(registry);
  const operations = await openOperations(config.operations.jobs, {
    checks: check,
    registry,
    newRequestId: randomUUID,
    log,
  });
  const probes = await openProbes(config.jobs, operations);
  const running = repeatJobs(deps, jobs, (run) => {
    count(run);
    logRun(log, run);
  });
  return {
    ...(probes && { url: probes.url }),
    operationsUrl: operations.url,
    stop: async () => {
      await running[Symbol.asyncDispose]();
      await probes?.close();
      await operations.close();
      await close();
    },
  };
};

/** Health on a port of the service's own address, where one is asked for. */
async function openProbes({ host, port }: Config['jobs'], { health }: Operations) {
  if (port === undefined) return undefined;
  const { server, connections } = createHost({
    first: [health],
    listener: (_request, response) => {
      const refusal = new StorageError('common/not-found', 'Here are /health/live and /health/ready.');
      sendError(response, refusal, randomUUID());
    },
    newRequestId: randomUUID,
    maxConnections: 200,
  });
  server.listen(port, host);
  await once(server, 'listening');
  // A listening TCP server's address is never a path.
  const address = server.address() as AddressInfo;
  return { url: urlOf(host, address.port), close: () => connections.drain(500) };
}

/** What jobs need, for the role and for `jobs run`. */
export async function openJobs(config: Config, log: Logger) {
  const [database, objects] = await Promise.all([openDatabase(config, 'jobs'), openObjects(config, log)]);
  const deps: JobsDeps = {
    upkeep: createUpkeep(database),
    purges: createPurgeOutbox(database),
    sealing: createSealing(database),
    installation: createInstallationRecord(database),
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
