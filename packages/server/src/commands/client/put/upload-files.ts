import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchItem, BatchOptions, Category, UploadOutcome, Visibility } from '@bkend/storage';
import { InterruptedError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { formatBytes } from '../format.ts';
import { untilInterrupted } from '../interrupt.ts';
import { isOutOfDescriptors } from '../local-files/descriptor-limit.ts';
import type { LocalFile } from '../local-files/find-local-files.ts';
import { asLeftOut } from '../local-files/left-out.ts';
import { openTransferClient } from '../open-client.ts';
import { createProgressBar } from '../progress-bar.ts';
import { folderOf, joinFolder, pathOf } from '../remote-path.ts';
import { reportFailure } from '../report-failure.ts';
import { resumeCommand } from '../resume-command.ts';
import { readToEnd } from './read-to-end.ts';

export interface UploadFilesOptions {
  /** Name of the only file; default: its own. */
  readonly name?: string;
  /** Folder of the files; those in local folders keep their path below it. Default: the root, for all. */
  readonly folder?: string;
  readonly visibility?: Visibility;
  readonly category?: Category;
  readonly tag?: readonly string[];
  /** Concurrent transfers. */
  readonly concurrency: number;
}

/** Consecutive passes, with one transfer at a time, in which no file succeeds because too many files are open. */
const maxIdlePasses = 30;
const idleMs = 1000;

/**
 * Uploads files, and shows each as it ends. Files that fail because too many are open are retried when the others are done, with
 * fewer transfers at once.
 * @returns the number of files that failed
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

  /** @returns the files to retry */
  const pass = async (waiting: readonly LocalFile[]): Promise<LocalFile[]> => {
    const retries: LocalFile[] = [];
    const end = (local: LocalFile, { file, error }: UploadOutcome) => {
      if (file) {
        uploaded.add(local.path);
        const columns = [file.id, pathOf(file), formatBytes(file.size), file.url];
        output.show(file, columns.filter(Boolean).join('  '));
      } else if (isOutOfDescriptors(error) && idlePasses < maxIdlePasses) {
        retries.push(local);
      } else {
        failed += 1;
        reportFailure(local.path, asLeftOut(error), output);
      }
    };
    const doneBefore = { bytes: uploadedBytes, files: uploaded.size + failed };
    const storage = await openTransferClient({ concurrency });
    const batch = storage.uploadAll(
      waiting.map((file) => toItem(file, options)),
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
    return retries;
  };

  try {
    for (let waiting = files; waiting.length > 0; ) {
      const retries = await pass(waiting);
      const isIdle = concurrency === 1 && retries.length === waiting.length;
      idlePasses = isIdle ? idlePasses + 1 : 0;
      if (isIdle) await sleep(idleMs);
      concurrency = Math.ceil(concurrency / 4);
      waiting = retries;
    }
  } finally {
    bar.stop();
  }
  return failed;
}

function toItem({ path, sizeBytes, name }: LocalFile, options: UploadFilesOptions): BatchItem {
  const filename = options.name ?? basename(name);
  const folder = options.folder === undefined ? undefined : joinFolder(folderOf(options.folder), name);
  return {
    source: sizeBytes === undefined ? readToEnd(path) : { path },
    filename,
    ...(folder !== undefined && { folder }),
  };
}

function describeAll({ visibility, category, tag }: UploadFilesOptions): BatchOptions {
  return {
    ...(visibility && { visibility }),
    ...(category && { category }),
    ...(tag && { metadata: { tags: [...tag] } }),
  };
}

function interrupted(uploaded: ReadonlySet<string>, files: number): InterruptedError {
  const command = resumeCommand(process.argv.slice(2), uploaded);
  return new InterruptedError(
    `Interrupted after ${uploaded.size} of ${files} files. To resume:\n  bkend-storage ${command}`,
  );
}
