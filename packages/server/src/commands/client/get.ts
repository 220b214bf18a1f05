import { basename, join } from 'node:path';
import type { Storage, StoredFile } from '@bkend/storage';
import { readEnv } from '../../config/env.ts';
import type { Output } from '../output.ts';
import { UsageError } from '../usage-error.ts';
import { createDownloadJournal } from './get/download-journal.ts';
import { findOutputTarget, type OutputTarget } from './get/output-target.ts';
import { safeName } from './get/safe-name.ts';
import { SaveError, saveToFolder } from './get/save-to-folder.ts';
import { writeToStream } from './get/write-to-stream.ts';
import { untilInterrupted } from './interrupt.ts';
import { readLogin } from './login-file.ts';
import { findFile, openPatientClient } from './open-client.ts';
import { complain, formatBytes, InterruptedError, PartlyFailedError, remark } from './output.ts';
import { createProgressBar, progressSince } from './progress-bar.ts';
import { wordsToGoOn } from './words-to-go-on.ts';

export interface GetOptions {
  /** What the user named: a file, a folder, a device, a pipe, or `-`. */
  readonly output?: string;
  /** Replaces files that are there. */
  readonly force?: boolean;
}

interface Download extends GetOptions {
  readonly storage: Storage;
  readonly idOrKey: string;
  readonly target: OutputTarget;
  readonly signal: AbortSignal;
}

/**
 * `get`: downloads files. What is there is overwritten only with `force`: a name that is taken gets a number. What was
 * interrupted goes on where it stopped, and everything is held to its size and hashes.
 */
export async function get(idsOrKeys: readonly string[], options: GetOptions, answer: Output): Promise<void> {
  const target = await findOutputTarget(options.output);
  if (idsOrKeys.length > 1 && (target.kind === 'stream' || target.name !== undefined)) {
    throw new UsageError('With several files, -o names a folder that is there.');
  }
  const storage = await openPatientClient();
  const control = new AbortController();
  const { signal } = control;
  const done = new Set<string>();
  let failed = 0;
  const downloadAll = async () => {
    for (const idOrKey of idsOrKeys) {
      try {
        await download({ ...options, storage, idOrKey, target, signal }, answer);
        done.add(idOrKey);
      } catch (error) {
        if (signal.aborted) throw error;
        failed += 1;
        tellFailure(idOrKey, error, answer);
      }
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
  if (failed > 0) throw new PartlyFailedError();
}

/** What is kept, and the command to go on with. */
function interrupted(cause: unknown, done: ReadonlySet<string>): InterruptedError {
  const words = wordsToGoOn(process.argv.slice(2), done);
  const keptBytes = cause instanceof SaveError ? cause.keptBytes : 0;
  const found = keptBytes > 0 ? ` with ${formatBytes(keptBytes)} of a file kept` : '';
  return new InterruptedError(`Interrupted${found}. To go on:\n  bkend-storage ${words}`);
}

function tellFailure(idOrKey: string, error: unknown, answer: Output): void {
  const isUnsaved = error instanceof SaveError;
  complain(idOrKey, isUnsaved ? error.cause : error, answer);
  if (isUnsaved && error.keptBytes > 0) {
    const kept = formatBytes(error.keptBytes);
    remark(idOrKey, `${kept} of it are kept; the same command goes on from there.`, answer);
  }
}

/** One file, shown as it comes and when it is there; on standard output there is nothing but the file. */
async function download(request: Download, answer: Output): Promise<void> {
  const { storage, idOrKey, target, signal } = request;
  const file = await findFile(storage, idOrKey, { signal });
  const isOnStandardOutput = target.kind === 'stream' && target.isStandardOutput;
  const bar = createProgressBar(isOnStandardOutput ? undefined : answer);
  const progress = progressSince(file.size);
  const onProgress = (bytes: number) => bar.update(progress(bytes), file.originalName);
  let path: string;
  try {
    if (target.kind === 'stream') {
      await writeToStream(storage, { file, open: target.open, signal, onProgress });
      path = target.path;
    } else path = await save(request, { file, target, onProgress });
  } finally {
    bar.stop();
  }
  if (isOnStandardOutput) return;
  answer.show({ id: file.id, path, size: file.size }, `${path}  ${formatBytes(file.size)}`);
  if (target.kind === 'stream') return;
  const name = target.name ?? file.originalName;
  const wanted = join(target.directory, target.name ?? safeName(name));
  if (basename(wanted) !== name) {
    remark(file.id, `${JSON.stringify(name)} cannot be a name here; it is saved as ${path}.`, answer);
  } else if (path !== wanted) {
    remark(file.id, `${wanted} is there already and stays; it is saved as ${path}.`, answer);
  }
}

interface Saving {
  readonly file: StoredFile;
  readonly target: OutputTarget & { readonly kind: 'file' };
  readonly onProgress: (bytes: number) => void;
}

/** @returns where the file is now */
async function save({ storage, signal, force = false }: Download, { file, target, onProgress }: Saving) {
  const { directory, isLinked = false, name = safeName(file.originalName) } = target;
  const { url: apiUrl } = await readLogin(readEnv());
  const deps = { storage, apiUrl, journal: createDownloadJournal() };
  return saveToFolder(deps, { file, directory, name, force: force || isLinked, signal, onProgress });
}
