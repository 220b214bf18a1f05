import type { Output } from '../../output.ts';
import { reportFailure, reportNote } from '../report-failure.ts';
import type { RemoteEntry } from './compare.ts';
import type { SyncFilter } from './sync-filter.ts';

/** The answer of a sync: a line for each change on standard output, failures and notes on standard error. */
export class SyncReport {
  /** Number of entries that failed or were left out: without one, files may be deleted. */
  failures = 0;
  readonly #output: Output;
  readonly #isDryRun: boolean;

  constructor(output: Output, isDryRun: boolean) {
    this.#output = output;
    this.#isDryRun = isDryRun;
  }

  /** @param verb `upload`, `delete`; it is shown in its past tense after the change */
  change(verb: keyof typeof pastTenses, path: string, facts: { readonly id?: string } = {}): void {
    const action = this.#isDryRun ? `would ${verb}` : pastTenses[verb];
    this.#output.show({ action, path, ...facts }, `${action}  ${path}`);
  }

  failure(path: string, error: unknown): void {
    this.failures += 1;
    reportFailure(path, error, this.#output);
  }

  leftOut(path: string, reason: string): void {
    this.failure(path, new Error(reason));
  }

  note(about: string, note: string): void {
    reportNote(about, note, this.#output);
  }

  duplicates(duplicates: readonly RemoteEntry[]): void {
    for (const { path, id } of duplicates) {
      this.note(path, `An older file has this name, too, and stays: ${id}. --delete deletes it.`);
    }
  }

  defaults({ leftOutByDefault }: SyncFilter): void {
    for (const path of [...leftOutByDefault].sort()) {
      this.note(path, "It is left out by default: --exclude '!NAME' takes it along.");
    }
  }
}

const pastTenses = {
  upload: 'uploaded',
  replace: 'replaced',
  adopt: 'adopted',
  download: 'downloaded',
  overwrite: 'overwrote',
  delete: 'deleted',
} as const;
