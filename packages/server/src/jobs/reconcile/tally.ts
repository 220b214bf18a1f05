import type { JobReport } from '../job.ts';

const maxFindings = 1_000;

/** What was counted and what was found, the findings capped so that a disaster does not fill memory. */
export class Tally {
  readonly #counts: Map<string, number>;
  readonly #findings: string[] = [];

  /** @param names counts that are reported also when they are 0 */
  constructor(names: readonly string[]) {
    this.#counts = new Map(names.map((name) => [name, 0]));
  }

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  find(name: string, finding: string): void {
    this.add(name);
    this.note(finding);
  }

  note(finding: string): void {
    if (this.#findings.length < maxFindings) this.#findings.push(finding);
  }

  report(): JobReport {
    return { counts: Object.fromEntries(this.#counts), findings: this.#findings };
  }
}
