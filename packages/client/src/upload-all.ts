import { anySignal } from './attempt.ts';
import type { Progress } from './progress.ts';
import type { Uploadable } from './source.ts';
import type { StorageError } from './storage-error.ts';
import { controlTask, type TaskControl } from './task-control.ts';
import { startUpload, type UploadedFile, type UploadOptions } from './upload.ts';
import type { Connection } from './upload-run.ts';

/** Something to upload, alone or with options of its own. */
export type BatchItem = Uploadable | ({ readonly source: Uploadable } & UploadOptions);

export interface BatchProgress extends Progress {
  /** Files that have been uploaded, or have failed. */
  filesDone: number;
  files: number;
}

export interface BatchOptions extends Omit<UploadOptions, 'filename' | 'size' | 'onProgress'> {
  /** Of all files together; at most ten times a second. When it throws or rejects, what has not ended is given up. */
  onProgress?: (progress: BatchProgress) => void;
  /** Called as each file ends. When it throws or rejects, what has not ended is given up. */
  onFile?: (outcome: UploadOutcome, index: number) => void;
}

export type UploadOutcome =
  | { readonly file: UploadedFile; readonly error?: undefined }
  | { readonly file?: undefined; readonly error: StorageError };

/** A batch under way: await it for what became of each file, in the order given. It does not reject. */
export type BatchTask = Promise<UploadOutcome[]> & TaskControl;

type Item = { readonly source: Uploadable } & UploadOptions;

/** Starts many uploads: so many at a time that the pool never waits for the API. */
export function startBatch(
  connection: Connection,
  items: Iterable<BatchItem>,
  { signal: callers, onProgress, onFile, ...shared }: BatchOptions = {},
): BatchTask {
  const queue = Array.from(items, toItem);
  const each: Pick<Progress, 'bytes' | 'total'>[] = [];
  let filesDone = 0;
  let bytes = 0;
  let total = 0;
  let unknownTotals = 0;
  const { control, signal, gate, meter, fail } = controlTask(
    onProgress && ((progress) => onProgress({ ...progress, filesDone, files: queue.length })),
    callers,
  );
  /** Counts what is new of one file: walking all of them for each event takes too long where they are many. */
  const count = (index: number, now: Pick<Progress, 'bytes' | 'total'>) => {
    const before = each[index] ?? { bytes: 0, total: 0 };
    each[index] = now;
    bytes += now.bytes - before.bytes;
    total += (now.total ?? 0) - (before.total ?? 0);
    unknownTotals += Number(now.total === undefined) - Number(before.total === undefined);
    meter.update({ phase: 'uploading', bytes, total: unknownTotals ? undefined : total });
  };
  for (const [index, { source }] of queue.entries()) count(index, { bytes: 0, total: sizeOf(source) });

  const outcomes: UploadOutcome[] = [];
  const entries = queue.entries();
  const work = async () => {
    for (const [index, { source, ...own }] of entries) {
      const onOwnProgress = (progress: Progress) => {
        count(index, progress);
        return own.onProgress?.(progress);
      };
      const either = anySignal(signal, own.signal);
      const options = { ...shared, ...own, signal: either, onProgress: onOwnProgress, batchGate: gate };
      const outcome: UploadOutcome = await startUpload(connection, source, options).then(
        (file) => ({ file }),
        (error: StorageError) => ({ error }),
      );
      outcomes[index] = outcome;
      filesDone += 1;
      (async () => onFile?.(outcome, index))().catch(fail);
    }
  };
  const workers = Array.from({ length: connection.pool.size * 2 }, work);
  const promise = Promise.all(workers).then(() => {
    meter.finish(meter.now.bytes);
    return outcomes;
  });
  return Object.assign(promise, control);
}

function toItem(item: BatchItem): Item {
  return item && typeof item === 'object' && 'source' in item ? item : { source: item };
}

/** Bytes; undefined for what has to be opened first. */
function sizeOf(source: Uploadable): number | undefined {
  // Of a Blob, of bytes; nothing else has either.
  const { size, byteLength } = Object(source) as Partial<Blob & ArrayBuffer>;
  return size ?? byteLength;
}
