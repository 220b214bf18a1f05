import type { Registry } from 'prom-client';
import { DurationHistogram } from './duration-histogram.ts';

export interface CountedRequest {
  readonly method: string;
  /** The route's pattern: few, so that the metric stays small. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
}

/** Counts requests and the time they took, by method, route and status. */
export function createRequestMetrics(registry: Registry) {
  const durations = new DurationHistogram({
    name: 'bkend_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registry,
  });
  return {
    count({ method, route, status, durationMs }: CountedRequest): void {
      durations.add({ method, route, status }, durationMs / 1000);
    },
  };
}
