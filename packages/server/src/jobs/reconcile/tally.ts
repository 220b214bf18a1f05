import type { JobReport } from '../job.ts';

const maxFindings = 1_000;

/** Counts and findings of a run. At most 1,000 findings are kept, so that a disaster does not fill the memory. */
export class Tally {
  readonly #counts: Map<string, number>;
  readonly #findings: string[] = [];

  /** @param names counts that are reported even when they are 0 */
  constructor(names: readonly string[]) {
    this.#counts = new Map(names.map((name) => [name, 0]));
  }

  add(name: string, count = 1): void {
    this.#counts.set(name, this.count(name) + count);
  }

  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Counts a finding and keeps its line. */
  find(name: string, finding: string): void {
    this.add(name);
    this.note(finding);
  }

  /** Keeps a line for the operator. */
  note(finding: string): void {
    if (this.#findings.length < maxFindings) this.#findings.push(finding);
  }

  report(): JobReport {
    return { counts: Object.fromEntries(this.#counts), findings: this.#findings };
  }
}
