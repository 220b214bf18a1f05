import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  BatchItem,
  BatchOptions,
  Category,
  StoredFile,
  UploadOutcome,
  Visibility,
} from '@bkend/storage';
import type { InterruptedError } from '../../command-errors.ts';
import type { Output } from '../../output.ts';
import { formatBytes } from '../format.ts';
import { untilInterrupted } from '../interrupt.ts';
import { isOutOfDescriptors, retryWhenDescriptorsAreFree } from '../local-files/descriptor-limit.ts';
import { openTransferClient } from '../open-client.ts';
import { createProgressBar } from '../progress-bar.ts';
import { pathOf } from '../remote-path.ts';
import { asLeftOut, reportFailure } from '../report-failure.ts';
import type { PlannedUpload } from './plan-uploads.ts';

/** Description that `put` records of all files. */
export interface FileDescriptionOptions {
  readonly visibility?: Visibility;
  readonly category?: Category;
  readonly tag?: readonly string[];
}

export interface UploadFilesOptions extends FileDescriptionOptions {
  /** Concurrent transfers. */
  readonly concurrency: number;
  /** Records SHA-256, so that a later command finds the file stored. */
  readonly isHashed: boolean;
  /** The error after Ctrl-C. @param uploaded paths of the files that are done */
  readonly onInterrupted: (uploaded: ReadonlySet<string>) => InterruptedError;
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
  files: readonly PlannedUpload[],
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
  const pass = async (waiting: readonly PlannedUpload[]): Promise<PlannedUpload[]> => {
    const retries: PlannedUpload[] = [];
    const end = (local: PlannedUpload, { file, error }: UploadOutcome) => {
      if (file) {
        uploaded.add(local.path);
        output.show(file, describeFile(file));
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
      return options.onInterrupted(uploaded);
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

/** A stored file in one line. */
export function describeFile(file: StoredFile): string {
  const columns = [file.id, pathOf(file), formatBytes(file.size), file.url];
  return columns.filter(Boolean).join('  ');
}

function toItem(
  { path, sizeBytes, folder, filename }: PlannedUpload,
  { isHashed }: UploadFilesOptions,
): BatchItem {
  return {
    source: sizeBytes === undefined ? readToEnd(path) : { path },
    filename,
    ...(folder !== '' && { folder }),
    ...(isHashed && sizeBytes !== undefined && { sha256: 'record' as const }),
  };
}

function describeAll({ visibility, category, tag }: UploadFilesOptions): BatchOptions {
  return {
    ...(visibility && { visibility }),
    ...(category && { category }),
    ...(tag && { metadata: { tags: [...tag] } }),
  };
}

/**
 * Reads a source of unknown size to its end: standard input (`-`), a pipe, a file of `/proc`. It is opened when the first chunk is
 * requested.
 */
function readToEnd(path: string): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      if (path === '-') yield* process.stdin;
      else yield* await retryWhenDescriptorsAreFree(() => open(path));
    },
  };
}

/** Opens without blocking: an open that waits for a writer would keep a thread, and the process, until one comes. */
function open(path: string): AsyncIterable<Uint8Array> {
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  return fstatSync(fd).isFIFO()
    ? new Socket({ fd, readable: true, writable: false })
    : createReadStream('', { fd });
}
