import type { StoredFile } from '@bkend/storage';
import { InterruptedError, ReportedError, UsageError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { formatBytes } from '../format.ts';
import { untilInterrupted } from '../interrupt.ts';
import { findLocalFiles, type LocalFiles } from '../local-files/find-local-files.ts';
import { createNameFilter } from '../local-files/name-filter.ts';
import { openClient } from '../open-client.ts';
import { reportFailure, reportNote } from '../report-failure.ts';
import { resumeCommand } from '../resume-command.ts';
import { findStored } from './find-stored.ts';
import { type PlannedUpload, planUploads } from './plan-uploads.ts';
import { describeFile, type FileDescriptionOptions, uploadFiles } from './upload-files.ts';

export interface PutOptions extends FileDescriptionOptions {
  /** Name of the only file; default: its own. */
  readonly name?: string;
  /** Folder of the files. Default: the root. */
  readonly folder?: string;
  readonly recursive?: boolean;
  /** Passes over files that are stored already; `recursive` does so, too. */
  readonly skipStored?: boolean;
  /** Also reads folders behind links. */
  readonly followLinks?: boolean;
  /** Patterns as in a `.gitignore`. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly dryRun?: boolean;
  /** Concurrent transfers. */
  readonly concurrency: number;
}

/**
 * `put`: uploads files, pipes and standard input; a large file that was interrupted is resumed, and with `recursive` files that are
 * stored already are passed over. An entry that cannot be uploaded is reported with its reason, and the others go on.
 */
export async function put(paths: readonly string[], options: PutOptions, output: Output): Promise<void> {
  const found = await find(paths, options);
  for (const { path, reason } of found.skipped) reportFailure(path, new Error(reason), output);
  const planned = planUploads(found, options);
  const { recursive = false, skipStored = recursive, dryRun = false } = options;
  const stored = skipStored ? await findStoredUntilInterrupted(planned, options, output) : new Map();
  const waiting = planned.filter((file) => !stored.has(file));
  if (dryRun) for (const file of waiting) showPlanned(file, output);
  else for (const file of stored.values()) showStored(file, output);
  const uploading = { ...options, isHashed: skipStored };
  const onInterrupted = (uploaded: ReadonlySet<string>) =>
    interrupted(
      new Set([...uploaded, ...[...stored.keys()].map(({ path }) => path)]),
      planned.length,
      options,
    );
  const failed = dryRun ? 0 : await uploadFiles(waiting, { ...uploading, onInterrupted }, output);
  if (failed + found.skipped.length > 0) throw new ReportedError();
}

function showPlanned({ path, sizeBytes }: PlannedUpload, output: Output): void {
  const size = sizeBytes === undefined ? 'size unknown' : formatBytes(sizeBytes);
  output.show({ path, size: sizeBytes }, `would upload ${path}  ${size}`);
}

function showStored(file: StoredFile, output: Output): void {
  output.show({ ...file, present: true }, `${describeFile(file)}  (stored already)`);
}

async function findStoredUntilInterrupted(
  planned: readonly PlannedUpload[],
  options: PutOptions,
  output: Output,
): Promise<Map<PlannedUpload, StoredFile>> {
  const control = new AbortController();
  const storage = await openClient();
  const onUnlisted = () =>
    reportNote(
      'put',
      'This key may not list files: those that are stored already are uploaded again.',
      output,
    );
  const work = findStored(planned, { storage, options, signal: control.signal, onUnlisted });
  return untilInterrupted(work, () => {
    control.abort();
    return interrupted(new Set(), planned.length, options);
  });
}

/** The error after Ctrl-C, with the command that does the rest. Files whose upload was just ending may be stored: it looks for them. */
function interrupted(
  done: ReadonlySet<string>,
  files: number,
  { recursive, skipStored }: PutOptions,
): InterruptedError {
  const argv = process.argv.slice(2);
  if (!recursive && !skipStored) argv.splice(argv.indexOf('put') + 1, 0, '--skip-stored');
  return new InterruptedError(
    `Interrupted after ${done.size} of ${files} files. To resume:\n  bkend-storage ${resumeCommand(argv, done)}`,
  );
}

/** @throws UsageError where no argument names something that can be uploaded */
async function find(paths: readonly string[], options: PutOptions): Promise<LocalFiles> {
  const { recursive = false, followLinks = false, include = [], exclude = [], name } = options;
  const filter = createNameFilter(include, exclude);
  const found = await findLocalFiles(paths, { recursive, followLinks, filter });
  const { files, skipped } = found;
  if (files.length === 0 && skipped.length > 0 && skipped.every(({ isMisnamed }) => isMisnamed)) {
    throw new UsageError(...skipped.map(({ path, reason }) => `${path}: ${reason}`));
  }
  if (files.filter(({ path }) => path === '-').length > 1) {
    throw new UsageError('Standard input can be read once only.');
  }
  if (name !== undefined && files.length + skipped.length > 1) {
    throw new UsageError('--name is for one file only.');
  }
  return found;
}
