import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createHost, sendError } from '@bkend/http';
import { StorageError } from '@bkend/storage-contract';
import { v7 as uuidv7 } from 'uuid';
import type { Config } from '../config/config.ts';
import { urlOf } from '../config/listening.ts';
import { viewWholeEvent } from '../events/view-event.ts';
import { startDeliveries } from '../events/webhooks/deliver-webhooks.ts';
import type { JobsDeps } from '../jobs/job.ts';
import { jobs } from '../jobs/jobs.ts';
import { type JobRun, startJobs as repeatJobs } from '../jobs/run-jobs.ts';
import type { Logger } from '../observability/logger.ts';
import {
  createJobMetrics,
  createRegistry,
  createScannerMetrics,
  createWebhookMetrics,
} from '../observability/metrics.ts';
import { createClamd } from '../outbound/clamd.ts';
import { createWebhookSender } from '../outbound/send-webhook.ts';
import { createChanges } from '../postgres/database/changes.ts';
import type { Database } from '../postgres/database/database.ts';
import { createEventRepository } from '../postgres/events/event-repository.ts';
import { createJobsDeps } from '../postgres/jobs-deps.ts';
import { createEnvironmentRepository } from '../postgres/projects/environment-repository.ts';
import { createDeliveryQueue } from '../postgres/webhooks/delivery-queue.ts';
import { settingsInForce } from '../projects/environment-settings.ts';
import { openDatabase, openObjects } from './backends.ts';
import { type Operations, openOperations } from './open-operations.ts';
import type { StartRole } from './role.ts';

/** Time for the answer of a webhook's receiver. */
const attemptMs = 15_000;

/** Bytes that wait for a scan, as metrics count them at most. */
const maxWaiting = 10_000;

/** Starts the jobs, each repeated on its schedule while the process runs. */
export const startJobs: StartRole = async (config, log) => {
  const registry = createRegistry('jobs');
  const { deps, database, check, close } = await openJobs(config, log);
  const count = createJobMetrics(registry);
  createScannerMetrics(registry, {
    ping: deps.scanner?.ping,
    countWaiting: () => deps.scans.count(maxWaiting),
  });
  const operations = await openOperations(config.operations.jobs, {
    checks: check,
    registry,
    newRequestId: randomUUID,
    log,
  });
  const probes = await openProbes(config.jobs, operations);
  const deliveries = startWebhooks(config, { database, count: createWebhookMetrics(registry), log });
  const running = repeatJobs(deps, jobs, (run) => {
    count(run.job, run.outcome, run.outcome === 'done' ? run.report.counts : {});
    logRun(log, run);
  });
  return {
    ...(probes && { url: probes.url }),
    operationsUrl: operations.url,
    announceStop: operations.announceStop,
    stop: async () => {
      await Promise.all([running[Symbol.asyncDispose](), deliveries[Symbol.asyncDispose]()]);
      await probes?.close();
      await operations.close();
      await close();
    },
  };
};

/** Opens a port with health on the service's own address, where `BKEND_JOBS_PORT` is set. */
async function openProbes({ host, port }: Config['jobs'], { health }: Operations) {
  if (port === undefined) return undefined;
  const { server, connections } = createHost({
    first: [health],
    listener: (_request, response) => {
      const refusal = new StorageError('common/not-found', 'This port has /health/live and /health/ready.');
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

/** Starts the delivery of events to webhooks. */
function startWebhooks(
  config: Config,
  { database, count, log }: { database: Database; count: (outcome: string) => void; log: Logger },
): AsyncDisposable {
  const sender = createWebhookSender({ mayBePrivate: config.webhooks.allowPrivate, timeoutMs: attemptMs });
  const running = startDeliveries({
    queue: createDeliveryQueue(database),
    events: createEventRepository(database),
    readState: createChanges(database).readState,
    sender,
    render: (event) => viewWholeEvent({ imageUrl: (path) => `${config.images.publicUrl}/${path}` }, event),
    clock: () => new Date(),
    newId: uuidv7,
    random: Math.random,
    onAttempt: count,
    onError: (error) => log.error({ err: error }, 'webhooks could not be delivered'),
  });
  return {
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      sender[Symbol.dispose]();
    },
  };
}

/** Opens the backends of the jobs, for the role and for `jobs run`. */
export async function openJobs(config: Config, log: Logger) {
  const [database, objects] = await Promise.all([openDatabase(config, 'jobs'), openObjects(config, log)]);
  const environments = createEnvironmentRepository(database);
  const deps = createJobsDeps(database, {
    objects,
    clock: () => new Date(),
    limits: config.limits,
    ...(config.scanner.clamd && { scanner: createClamd({ address: config.scanner.clamd }) }),
    findSettings: async (tenant) =>
      settingsInForce((await environments.find(tenant))?.settings ?? {}, {
        limits: config.limits,
        corsOrigins: config.api.corsOrigins,
      }),
  });
  return {
    deps,
    database,
    check: {
      database: () => database.check(),
      bucket: () => objects.check(),
      scanner: () => checkScanner(deps),
    },
    close: async () => {
      await objects[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A scanner that is away, or that the service has none of while files wait for it. */
async function checkScanner({ scanner, scans }: JobsDeps): Promise<void> {
  if (scanner !== undefined) return scanner.ping();
  if ((await scans.count(1)) > 0)
    throw new Error('Files wait for a scanner, and BKEND_CLAMD_URL names none.');
}

/** Logs failures, findings, and runs that did some work. */
function logRun(log: Logger, run: JobRun): void {
  if (run.outcome === 'failed') log.error({ job: run.job, err: run.error }, 'job failed');
  if (run.outcome !== 'done') return;
  for (const finding of run.report.findings ?? []) log.warn({ job: run.job }, finding);
  const didSomething = Object.values(run.report.counts).some((count) => count > 0);
  if (didSomething) log.info({ job: run.job, ...run.report.counts }, 'job done');
}
