import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { DurationHistogram } from './duration-histogram.ts';

/**
 * Every metric of the service, shown at `/metrics` of the operations ports. A metric of all hosts goes into
 * {@link createRequestMetrics}; one of a single role into the function of that role.
 */

/** The metrics of one process, those of Node itself included; each is labelled with the role. */
export function createRegistry(role: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ role });
  collectDefaultMetrics({ register: registry });
  return registry;
}

export interface RequestMetrics {
  /** @param route pattern of the route: few, so that the metric stays small */
  count(
    request: { readonly method: string; readonly status: number; readonly durationMs: number },
    route: string,
  ): void;
}

/** Answered requests and their duration, for every host. */
export function createRequestMetrics(registry: Registry): RequestMetrics {
  const durations = new DurationHistogram({
    name: 'bkend_http_request_duration_seconds',
    help: 'Time from the request to the end of its response.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registry,
  });
  return {
    count: ({ method, status, durationMs }, route) =>
      durations.add({ method, route, status }, durationMs / 1000),
  };
}

export interface OpenTokensOptions {
  readonly registry: Registry;
  /** Environments that take tokens as before the upgrade, and until when. */
  readonly listOpen: () => Promise<readonly { readonly tenant: string; readonly until: Date }[]>;
}

/** Access tokens that the API takes only because they were taken before the upgrade. @returns counts one */
export function createOpenTokenMetrics({ registry, listOpen }: OpenTokensOptions) {
  const taken = new Counter({
    name: 'bkend_open_tokens_total',
    help: 'Tokens taken only because they were taken before the upgrade, by what they lack.',
    labelNames: ['environment', 'reason'],
    registers: [registry],
  });
  new Gauge({
    name: 'bkend_open_tokens_until_timestamp_seconds',
    help: 'Until when such tokens are taken, for each environment that takes them.',
    labelNames: ['environment'],
    registers: [registry],
    async collect() {
      const open = await listOpen().catch(() => undefined);
      if (open === undefined) return;
      this.reset();
      for (const { tenant, until } of open) this.set({ environment: tenant }, until.getTime() / 1000);
    },
  });
  return (environment: string, reason: string) => taken.inc({ environment, reason });
}

/** Runs of jobs and the work they did. @returns counts one run; `counts` is the work by kind, of a run that is done */
export function createJobMetrics(registry: Registry) {
  const runs = new Counter({
    name: 'bkend_job_runs_total',
    help: 'Runs of each job, by outcome.',
    labelNames: ['job', 'outcome'],
    registers: [registry],
  });
  const work = new Counter({
    name: 'bkend_job_work_total',
    help: 'Work that jobs did, by kind.',
    labelNames: ['job', 'work'],
    registers: [registry],
  });
  return (job: string, outcome: string, counts: Readonly<Record<string, number>> = {}): void => {
    runs.inc({ job, outcome });
    for (const [kind, count] of Object.entries(counts)) work.inc({ job, work: kind }, count);
  };
}

/** Event streams of the API. @param count returns how many are open */
export function createStreamMetrics(registry: Registry, count: () => number): void {
  new Gauge({
    name: 'bkend_event_streams',
    help: 'Open event streams.',
    registers: [registry],
    collect() {
      this.set(count());
    },
  });
}

/** Attempts at webhooks. @returns counts one */
export function createWebhookMetrics(registry: Registry) {
  const attempts = new Counter({
    name: 'bkend_webhook_attempts_total',
    help: 'Attempts at deliveries of webhooks, by outcome: delivered, retried (tried again later), failed (given up).',
    labelNames: ['outcome'],
    registers: [registry],
  });
  return (outcome: string): void => attempts.inc({ outcome });
}

/** The scanner of the jobs: whether it answers, where the service has one, and the bytes that wait for it. */
export function createScannerMetrics(
  registry: Registry,
  {
    ping,
    countWaiting,
  }: { readonly ping: (() => Promise<void>) | undefined; readonly countWaiting: () => Promise<number> },
): void {
  const registers = [registry];
  new Gauge({
    name: 'bkend_scans_waiting',
    help: 'Files, and new contents of files, that wait for a scan; 10,000 at most.',
    registers,
    async collect() {
      const waiting = await countWaiting().catch(() => undefined);
      if (waiting !== undefined) this.set(waiting);
    },
  });
  if (ping === undefined) return;
  new Gauge({
    name: 'bkend_scanner_up',
    help: 'Whether the scanner answers: 1 or 0.',
    registers,
    async collect() {
      this.set(
        await ping().then(
          () => 1,
          () => 0,
        ),
      );
    },
  });
}

type CacheLevel = 'memory' | 'disk' | 'none';

/** Renditions of the images host: by cache level, time for each part of the work, queues and caches. */
export function createImageMetrics(registry: Registry) {
  const registers = [registry];
  // Counted here and handed over when the metrics are read: a labelled counter costs more than finding a rendition.
  const served: Record<CacheLevel, number> = { memory: 0, disk: 0, none: 0 };
  let savedBytes = 0;
  new Counter({
    name: 'bkend_image_results_total',
    help: 'Results served, by the cache that had them; "none" was made for the request.',
    labelNames: ['cache'],
    registers,
    collect() {
      this.reset();
      for (const [cache, count] of Object.entries(served)) this.inc({ cache }, count);
    },
  });
  const seconds = new Histogram({
    name: 'bkend_image_work_seconds',
    help: 'Time spent on making results, by part of the work and format of the result.',
    labelNames: ['part', 'format'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  new Counter({
    name: 'bkend_image_saved_bytes_total',
    help: 'By how many bytes results were smaller than their originals.',
    registers,
    collect() {
      this.reset();
      this.inc(savedBytes);
    },
  });
  const gauge = (name: string, help: string, value: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  return {
    served(level: CacheLevel, saved: number): void {
      served[level]++;
      savedBytes += Math.max(0, saved);
    },
    timed(part: string, format: string, milliseconds: number): void {
      seconds.observe({ part, format }, milliseconds / 1000);
    },
    watch(gauges: { queued(): number; running(): number; memoryBytes(): number; diskBytes(): number }): void {
      gauge('bkend_image_queue_length', 'Requests that wait for a slot.', gauges.queued);
      gauge('bkend_image_work_running', 'Results being made.', gauges.running);
      gauge('bkend_image_memory_cache_bytes', 'Bytes of results in memory.', gauges.memoryBytes);
      gauge('bkend_image_disk_cache_bytes', 'Bytes of results on disk.', gauges.diskBytes);
    },
  };
}
