import { basename, join } from 'node:path';
import type { Storage, StoredFile } from '@bkend/storage';
import { readEnv } from '../../../config/env.ts';
import { InterruptedError, ReportedError, UsageError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { findFile } from '../find-file.ts';
import { formatBytes } from '../format.ts';
import { untilInterrupted } from '../interrupt.ts';
import { readLogin } from '../login-file.ts';
import { openTransferClient } from '../open-client.ts';
import { createProgressBar, progressSince } from '../progress-bar.ts';
import { reportFailure, reportNote } from '../report-failure.ts';
import { resumeCommand } from '../resume-command.ts';
import type { WrittenFiles } from './assign-final-name.ts';
import { removeDeadPartials } from './dead-partials.ts';
import { createDownloadJournal } from './download-journal.ts';
import { getFolders } from './get-folders.ts';
import { findOutputDestination, type OutputDestination } from './output-destination.ts';
import { safeName } from './safe-name.ts';
import { SaveError, saveToFolder } from './save-to-folder.ts';
import { writeToStream } from './write-to-stream.ts';

export interface GetOptions {
  /** The argument of `-o`: a file, a folder, a device, a pipe, or `-`. */
  readonly output?: string;
  /** Replaces existing files. */
  readonly force?: boolean;
  /** The arguments are folders. */
  readonly recursive?: boolean;
}

interface Download extends GetOptions {
  readonly storage: Storage;
  readonly reference: string;
  readonly destination: OutputDestination;
  readonly written: WrittenFiles;
  readonly signal: AbortSignal;
}

/**
 * `get`: downloads files. An existing file is overwritten only with `force`; otherwise the new one gets a number. An interrupted
 * download is resumed, and size and hashes of each are checked.
 */
export async function get(references: readonly string[], options: GetOptions, answer: Output): Promise<void> {
  if (options.recursive) return getFolders(references, options, answer);
  const destination = await findOutputDestination(options.output);
  if (references.length > 1 && (destination.kind === 'stream' || destination.name !== undefined)) {
    throw new UsageError('With several files, -o must name an existing folder.');
  }
  const storage = await openTransferClient();
  const control = new AbortController();
  const { signal } = control;
  const done = new Set<string>();
  const written: WrittenFiles = new Set();
  let failed = 0;
  const downloadAll = async () => {
    for (const reference of references) {
      try {
        await download({ ...options, storage, reference, destination, written, signal }, answer);
        done.add(reference);
      } catch (error) {
        if (signal.aborted) throw error;
        failed += 1;
        reportDownload(reference, error, answer);
      }
    }
    if (destination.kind === 'file') {
      const journal = createDownloadJournal();
      await removeDeadPartials([destination.directory], { journal, isOfFolder: false });
    }
  };
  const work = downloadAll();
  try {
    await untilInterrupted(work, () => {
      control.abort();
      return new InterruptedError('Interrupted.');
    });
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    throw await work.then(
      () => error,
      (cause: unknown) => interrupted(cause, done),
    );
  }
  if (failed > 0) throw new ReportedError();
}

/** The error after Ctrl-C: how much is kept, and the command that resumes. */
function interrupted(cause: unknown, done: ReadonlySet<string>): InterruptedError {
  const command = resumeCommand(process.argv.slice(2), done);
  const keptBytes = cause instanceof SaveError ? cause.keptBytes : 0;
  const found = keptBytes > 0 ? ` with ${formatBytes(keptBytes)} of a file kept` : '';
  return new InterruptedError(`Interrupted${found}. To resume:\n  bkend-storage ${command}`);
}

function reportDownload(reference: string, error: unknown, answer: Output): void {
  const isUnsaved = error instanceof SaveError;
  reportFailure(reference, isUnsaved ? error.cause : error, answer);
  if (isUnsaved && error.keptBytes > 0) {
    const kept = formatBytes(error.keptBytes);
    reportNote(reference, `${kept} of it are kept; the same command resumes.`, answer);
  }
}

/** Downloads one file with a progress bar and a line at the end; on standard output there is nothing but the file. */
async function download(request: Download, answer: Output): Promise<void> {
  const { storage, reference, destination, signal } = request;
  const file = await findFile(storage, reference, {
    signal,
    ifFolder: 'give --recursive for folders',
  });
  const isOnStandardOutput = destination.kind === 'stream' && destination.isStandardOutput;
  const bar = createProgressBar(isOnStandardOutput ? undefined : answer);
  const progress = progressSince(file.size);
  const onProgress = (bytes: number) => bar.update(progress(bytes), file.originalName);
  let path: string;
  try {
    if (destination.kind === 'stream') {
      await writeToStream(storage, { file, open: destination.open, signal, onProgress });
      path = destination.path;
    } else path = await save(request, { file, destination, onProgress });
  } finally {
    bar.stop();
  }
  if (isOnStandardOutput) return;
  answer.show({ id: file.id, path, size: file.size }, `${path}  ${formatBytes(file.size)}`);
  if (destination.kind === 'stream') return;
  const name = destination.name ?? file.originalName;
  const expected = join(destination.directory, destination.name ?? safeName(name));
  if (basename(expected) !== name) {
    reportNote(
      file.id,
      `${JSON.stringify(name)} is not a valid name here; the file is saved as ${path}.`,
      answer,
    );
  } else if (path !== expected) {
    reportNote(file.id, `${expected} exists and is kept; the file is saved as ${path}.`, answer);
  }
}

interface Saving {
  readonly file: StoredFile;
  readonly destination: OutputDestination & { readonly kind: 'file' };
  readonly onProgress: (bytes: number) => void;
}

/** @returns the path of the file */
async function save(
  { storage, signal, written, force = false }: Download,
  { file, destination, onProgress }: Saving,
) {
  const { directory, name = safeName(file.originalName) } = destination;
  const { url: apiUrl } = await readLogin(readEnv());
  const deps = { storage, apiUrl, journal: createDownloadJournal() };
  const naming = { directory, name, mayReplace: () => force, written, ifTaken: 'number' } as const;
  return saveToFolder(deps, { file, ...naming, signal, onProgress });
}
