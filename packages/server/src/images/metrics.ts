import type { CacheLevel } from './cache/renditions.ts';

/** Metrics of the images host; `observability/metrics.ts` makes them Prometheus metrics. */
export interface ImagesMetrics {
  /** A result was sent; how much smaller it was than the original. */
  served(level: CacheLevel, savedBytes: number): void;
  /** One part of a rendering; the format is that of the result. */
  timed(part: string, format: string, milliseconds: number): void;
  /** Read whenever the metrics are. */
  watch(gauges: { queued(): number; running(): number; memoryBytes(): number; diskBytes(): number }): void;
}

export const noMetrics: ImagesMetrics = { served() {}, timed() {}, watch() {} };
