import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CacheLevel } from './cache/results.ts';

/** What the image host tells of its work. */
export interface ImagesMetrics {
  hit(level: CacheLevel): void;
  /** One part of a rendering; the format is that of the result. */
  timed(part: string, format: string, milliseconds: number): void;
  /** How much smaller the answer was than the original. */
  saved(bytes: number): void;
  /** Asked whenever somebody looks. */
  watch(gauges: { queued(): number; running(): number; memoryBytes(): number; diskBytes(): number }): void;
}

export const noMetrics: ImagesMetrics = { hit() {}, timed() {}, saved() {}, watch() {} };

/** As Prometheus metrics of this registry. */
export function createImagesMetrics(registry: Registry): ImagesMetrics {
  const registers = [registry];
  const results = new Counter({
    name: 'bkend_image_results_total',
    help: 'Results served, by where they were found; "none" was made for the request.',
    labelNames: ['cache'],
    registers,
  });
  const seconds = new Histogram({
    name: 'bkend_image_work_seconds',
    help: 'Time spent on making results, by part of the work and format of the result.',
    labelNames: ['part', 'format'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const saved = new Counter({
    name: 'bkend_image_saved_bytes_total',
    help: 'By how many bytes results were smaller than their originals.',
    registers,
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
    hit: (level) => results.inc({ cache: level }),
    timed: (part, format, milliseconds) => seconds.observe({ part, format }, milliseconds / 1000),
    saved: (bytes) => saved.inc(Math.max(0, bytes)),
    watch: ({ queued, running, memoryBytes, diskBytes }) => {
      gauge('bkend_image_queue_length', 'Requests waiting for a place to be worked on.', queued);
      gauge('bkend_image_work_running', 'Results being made.', running);
      gauge('bkend_image_memory_cache_bytes', 'Bytes of results in memory.', memoryBytes);
      gauge('bkend_image_disk_cache_bytes', 'Bytes of results on disk.', diskBytes);
    },
  };
}
