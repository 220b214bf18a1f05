import type { Output } from '../../output.ts';
import { reportFailure, reportNote } from '../report-failure.ts';
import type { RemoteEntry } from './compare.ts';
import type { SyncFilter } from './sync-filter.ts';

/** The answer of a sync: a line for each change on standard output, failures and notes on standard error. */
export class SyncReport {
  /** Number of entries that failed: without one, files may be deleted. */
  failures = 0;
  /** Number of entries that were left out for what they are. */
  omissions = 0;
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

  /** Reports an entry that is left out for what it is: the run fails, and may delete others. */
  leftOut(path: string, reason: unknown): void {
    this.omissions += 1;
    reportFailure(path, reason instanceof Error ? reason : new Error(String(reason)), this.#output);
  }

  note(about: string, note: string): void {
    reportNote(about, note, this.#output);
  }

  /** @param direction upwards older files of a name can be deleted; downwards nothing stored is */
  duplicates(duplicates: readonly RemoteEntry[], direction: 'up' | 'down'): void {
    const end = direction === 'up' ? 'stays: ID. --delete deletes it.' : 'is not downloaded: ID.';
    for (const { path, id } of duplicates) {
      this.note(path, `An older stored file has this name, too, and ${end.replace('ID', id)}`);
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
