import { Histogram, type Registry } from 'prom-client';

export interface DurationHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper ends, ascending, in seconds. */
  readonly buckets: readonly number[];
  readonly registry: Registry;
}

type Labels = 'method' | 'route' | 'status';

/** Observations of one set of labels. */
interface Cell {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  /** Observations in each bucket alone; the last is beyond all upper ends. */
  readonly counts: number[];
  sumSeconds: number;
}

/**
 * A Prometheus histogram of request durations that is cheap to add to. prom-client's own creates and hashes an object of labels at
 * each observation, which costs as much as a response from memory. This one adds to numbers, and makes labels when it is read.
 */
export class DurationHistogram extends Histogram<Labels> {
  readonly #buckets: readonly number[];
  readonly #about: { name: string; help: string; type: 'histogram'; aggregator: 'sum' };
  readonly #cells = new Map<string, Map<string, Map<number, Cell>>>();

  constructor({ name, help, buckets, registry }: DurationHistogramOptions) {
    super({
      name,
      help,
      labelNames: ['method', 'route', 'status'],
      buckets: [...buckets],
      registers: [registry],
    });
    this.#about = { name, help, type: 'histogram', aggregator: 'sum' };
    this.#buckets = buckets;
  }

  /** Counts one request. */
  add({ method, route, status }: Pick<Cell, 'method' | 'route' | 'status'>, seconds: number): void {
    const cell = this.#cells.get(route)?.get(method)?.get(status) ?? this.#open({ method, route, status });
    const bucket = this.#bucketOf(seconds);
    cell.counts[bucket] = (cell.counts[bucket] ?? 0) + 1;
    cell.sumSeconds += seconds;
  }

  /** Called by the registry and by `get`; prom-client's types do not declare it. */
  async getForPromString() {
    const cells = [...this.#cells.values()].flatMap((methods) =>
      [...methods.values()].flatMap((statuses) => [...statuses.values()]),
    );
    return { ...this.#about, values: cells.flatMap((cell) => this.#valuesOf(cell)) };
  }

  #open({ method, route, status }: Pick<Cell, 'method' | 'route' | 'status'>): Cell {
    const cell: Cell = { method, route, status, counts: this.#buckets.map(() => 0).concat(0), sumSeconds: 0 };
    const methods = this.#cells.get(route) ?? new Map<string, Map<number, Cell>>();
    const statuses = methods.get(method) ?? new Map<number, Cell>();
    this.#cells.set(route, methods.set(method, statuses.set(status, cell)));
    return cell;
  }

  #bucketOf(seconds: number): number {
    let bucket = 0;
    while (seconds > (this.#buckets[bucket] ?? Number.POSITIVE_INFINITY)) bucket++;
    return bucket;
  }

  #valuesOf({ counts, sumSeconds, ...labels }: Cell) {
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      return {
        metricName: `${this.#about.name}_bucket`,
        labels: { le: this.#buckets[index] ?? '+Inf', ...labels },
        sharedLabels: {},
        value: total,
      };
    });
    return [
      ...buckets,
      { metricName: `${this.#about.name}_sum`, labels, sharedLabels: {}, value: sumSeconds },
      { metricName: `${this.#about.name}_count`, labels, sharedLabels: {}, value: total },
    ];
  }
}
