import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CacheLevel } from './cache/results.ts';

/** What the image host tells of its work. */
export interface ImagesMetrics {
  /** A result was sent; how much smaller it was than the original. */
  served(level: CacheLevel, savedBytes: number): void;
  /** One part of a rendering; the format is that of the result. */
  timed(part: string, format: string, milliseconds: number): void;
  /** Asked whenever somebody looks. */
  watch(gauges: { queued(): number; running(): number; memoryBytes(): number; diskBytes(): number }): void;
}

export const noMetrics: ImagesMetrics = { served() {}, timed() {}, watch() {} };

/** As Prometheus metrics of this registry. */
export function createImagesMetrics(registry: Registry): ImagesMetrics {
  const registers = [registry];
  // Counted here and handed over when somebody looks: a labelled counter costs more than finding a result does.
  const results: Record<CacheLevel, number> = { memory: 0, disk: 0, none: 0 };
  let saved = 0;
  new Counter({
    name: 'bkend_image_results_total',
    help: 'Results served, by where they were found; "none" was made for the request.',
    labelNames: ['cache'],
    registers,
    collect() {
      this.reset();
      for (const [cache, count] of Object.entries(results)) this.inc({ cache }, count);
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
      this.inc(saved);
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
    served: (level, savedBytes) => {
      results[level]++;
      saved += Math.max(0, savedBytes);
    },
    timed: (part, format, milliseconds) => seconds.observe({ part, format }, milliseconds / 1000),
    watch: ({ queued, running, memoryBytes, diskBytes }) => {
      gauge('bkend_image_queue_length', 'Requests waiting for a place to be worked on.', queued);
      gauge('bkend_image_work_running', 'Results being made.', running);
      gauge('bkend_image_memory_cache_bytes', 'Bytes of results in memory.', memoryBytes);
      gauge('bkend_image_disk_cache_bytes', 'Bytes of results on disk.', diskBytes);
    },
  };
}
