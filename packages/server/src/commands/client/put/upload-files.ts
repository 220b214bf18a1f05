import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchItem, BatchOptions, Category, UploadOutcome, Visibility } from '@bkend/storage';
import type { Output } from '../../output.ts';
import { untilInterrupted } from '../interrupt.ts';
import { openPatientClient } from '../open-client.ts';
import { complain, formatBytes, InterruptedError } from '../output.ts';
import { createProgressBar } from '../progress-bar.ts';
import { wordsToGoOn } from '../words-to-go-on.ts';
import type { LocalFile } from './local-files.ts';
import { readToEnd } from './read-to-end.ts';
import { isOutOfDescriptors } from './when-descriptors-are-free.ts';

export interface UploadFilesOptions {
  /** Of the one file that is uploaded; default: its own. */
  readonly name?: string;
  readonly visibility?: Visibility;
  readonly category?: Category;
  readonly tag?: readonly string[];
  /** Transfers at once. */
  readonly concurrency: number;
}

/** One after another, with one transfer at a time, in which nothing succeeds for want of descriptors. */
const maxIdlePasses = 30;
const idleMs = 1000;

/**
 * Uploads files, and shows each as it ends. Those that fail because too many files are open go again when the others are done,
 * fewer at once.
 * @returns how many failed
 * @throws InterruptedError on Ctrl-C
 */
export async function uploadFiles(
  files: readonly LocalFile[],
  options: UploadFilesOptions,
  output: Output,
): Promise<number> {
  const bar = createProgressBar(output);
  const total = files.reduce((sum, { sizeBytes = Number.NaN }) => sum + sizeBytes, 0);
  const uploaded = new Set<string>();
  let uploadedBytes = 0;
  let failed = 0;
  let idlePasses = 0;
  let { concurrency } = options;

  /** @returns those to try again */
  const pass = async (waiting: readonly LocalFile[]): Promise<LocalFile[]> => {
    const again: LocalFile[] = [];
    const end = (local: LocalFile, { file, error }: UploadOutcome) => {
      if (file) {
        uploaded.add(local.path);
        const words = [file.id, file.originalName, formatBytes(file.size), file.url];
        output.show(file, words.filter(Boolean).join('  '));
      } else if (isOutOfDescriptors(error) && idlePasses < maxIdlePasses) {
        again.push(local);
      } else {
        failed += 1;
        complain(local.path, error, output);
      }
    };
    const doneBefore = { bytes: uploadedBytes, files: uploaded.size + failed };
    const storage = await openPatientClient({ concurrency });
    const batch = storage.uploadAll(
      waiting.map((file) => toItem(file, options.name)),
      {
        ...describeAll(options),
        onProgress(now) {
          uploadedBytes = doneBefore.bytes + now.bytes;
          const label = `${doneBefore.files + now.filesDone}/${files.length} files`;
          const known = Number.isNaN(total) ? undefined : total;
          bar.update({ ...now, bytes: uploadedBytes, total: known }, label);
        },
        onFile: (outcome, index) => bar.aside(() => waiting[index] && end(waiting[index], outcome)),
      },
    );
    await untilInterrupted(batch, () => {
      batch.pause();
      return interrupted(uploaded, files.length);
    });
    return again;
  };

  try {
    for (let waiting = files; waiting.length > 0; ) {
      const again = await pass(waiting);
      const isIdle = concurrency === 1 && again.length === waiting.length;
      idlePasses = isIdle ? idlePasses + 1 : 0;
      if (isIdle) await sleep(idleMs);
      concurrency = Math.ceil(concurrency / 4);
      waiting = again;
    }
  } finally {
    bar.stop();
  }
  return failed;
}

function toItem({ path, sizeBytes, name }: LocalFile, wanted: string | undefined): BatchItem {
  const filename = wanted ?? basename(name);
  return { source: sizeBytes === undefined ? readToEnd(path) : { path }, filename };
}

function describeAll({ visibility, category, tag }: UploadFilesOptions): BatchOptions {
  return {
    ...(visibility && { visibility }),
    ...(category && { category }),
    ...(tag && { metadata: { tags: [...tag] } }),
  };
}

function interrupted(uploaded: ReadonlySet<string>, files: number): InterruptedError {
  const words = wordsToGoOn(process.argv.slice(2), uploaded);
  return new InterruptedError(
    `Interrupted after ${uploaded.size} of ${files} files. To go on, large files where they stopped:\n  bkend-storage ${words}`,
  );
}
