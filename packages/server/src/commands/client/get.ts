import { join } from 'node:path';
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

interface Download {
  readonly storage: Storage;
  readonly file: StoredFile;
  readonly target: OutputTarget;
  readonly force: boolean;
}

/**
 * `get`: downloads files. What is there is overwritten only with `force`: a name that is taken gets a number. What was
 * interrupted goes on where it stopped, and everything is held to its size and hashes.
 */
export async function get(idsOrKeys: readonly string[], options: GetOptions, answer: Output): Promise<void> {
  const { force = false } = options;
  const target = await findOutputTarget(options.output);
  if (idsOrKeys.length > 1 && (target.kind === 'stream' || target.name !== undefined)) {
    throw new UsageError('With several files, -o names a folder that is there.');
  }
  const storage = await openPatientClient();
  const done = new Set<string>();
  for (const idOrKey of idsOrKeys) {
    try {
      const file = await findFile(storage, idOrKey);
      const path = await interruptible({ storage, file, target, force }, { answer, done, idOrKey });
      done.add(idOrKey);
      if (path === undefined) continue;
      answer.show({ id: file.id, path, size: file.size }, `${path}  ${formatBytes(file.size)}`);
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      tellFailure(idOrKey, error, answer);
    }
  }
  if (done.size < new Set(idsOrKeys).size) throw new PartlyFailedError();
}

function tellFailure(idOrKey: string, error: unknown, answer: Output): void {
  const isUnsaved = error instanceof SaveError;
  complain(idOrKey, isUnsaved ? error.cause : error, answer);
  if (isUnsaved && error.keptBytes > 0) {
    remark(
      idOrKey,
      `${formatBytes(error.keptBytes)} of it are kept; the same command goes on from there.`,
      answer,
    );
  }
}

/** On Ctrl-C ends it, and says what is left to do. */
async function interruptible(
  download: Download,
  { answer, done, idOrKey }: { answer: Output; done: Set<string>; idOrKey: string },
): Promise<string | undefined> {
  const control = new AbortController();
  const { target, file } = download;
  const isOnStandardOutput = target.kind === 'stream' && target.isStandardOutput;
  const bar = createProgressBar(isOnStandardOutput ? undefined : answer);
  const progress = progressSince(file.size);
  const onProgress = (bytes: number) => bar.update(progress(bytes), file.originalName);
  const work = carryOut(download, { answer, signal: control.signal, onProgress });
  try {
    return await untilInterrupted(work, () => {
      control.abort();
      return new InterruptedError('Interrupted.');
    });
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    const kept = await work.then(
      () => {
        done.add(idOrKey);
        return 0;
      },
      (failure: unknown) => (failure instanceof SaveError ? failure.keptBytes : 0),
    );
    const words = wordsToGoOn(process.argv.slice(2), done);
    throw new InterruptedError(
      kept > 0
        ? `Interrupted at ${formatBytes(kept)} of ${formatBytes(file.size)}. To go on from there:\n  bkend-storage ${words}`
        : `Interrupted. To go on:\n  bkend-storage ${words}`,
    );
  } finally {
    bar.stop();
  }
}

/** @returns where the file is now; undefined where it went to standard output, which is nothing but the file then */
async function carryOut(
  { storage, file, target, force }: Download,
  rest: { answer: Output; signal: AbortSignal; onProgress: (bytes: number) => void },
): Promise<string | undefined> {
  if (target.kind === 'stream') {
    await writeToStream(storage, { file, open: target.open, ...rest });
    return target.isStandardOutput ? undefined : target.path;
  }
  const { directory, isLinked = false } = target;
  const name = target.name ?? safeName(file.originalName);
  const { url: apiUrl } = await readLogin(readEnv());
  const deps = { storage, apiUrl, journal: createDownloadJournal() };
  const path = await saveToFolder(deps, { file, directory, name, force: force || isLinked, ...rest });
  if (target.name === undefined && name !== file.originalName) {
    remark(
      file.id,
      `the name ${JSON.stringify(file.originalName)} is none here; it is saved as ${path}.`,
      rest.answer,
    );
  } else if (path !== join(directory, name)) {
    remark(
      file.id,
      `${join(directory, name)} is there already and stays; it is saved as ${path}.`,
      rest.answer,
    );
  }
  return path;
}
