import { isStream } from '../source/open-source.ts';
import type { Uploadable } from '../source/source.ts';
import { StorageError } from '../storage-error.ts';
import { Pool } from '../transfer/pool.ts';
import type { Progress } from '../transfer/progress.ts';
import { retry } from '../transfer/retry.ts';
import { abortable, anySignal } from '../transfer/sleep.ts';
import { controlTask, type TaskControl } from '../transfer/task-control.ts';
import type { Connection } from '../transport/api.ts';
import { startUpload, type UploadedFile, type UploadOptions } from './upload-task.ts';

/** One file of a batch: a source, or a source with options that replace the batch's. */
export type BatchItem = Uploadable | ({ readonly source: Uploadable } & UploadOptions);

/** Progress of all files of a batch together. */
export interface BatchProgress extends Progress {
  /** Number of files that are uploaded or have failed. */
  filesDone: number;
  /** Number of files in all. */
  files: number;
}

/** Options of a batch, and defaults of the options of its files. */
export interface BatchOptions extends Omit<UploadOptions, 'filename' | 'size' | 'onProgress'> {
  /**
   * Called at most ten times a second, with the progress of all files together. When it throws or rejects, the unfinished
   * uploads are aborted.
   */
  onProgress?: (progress: BatchProgress) => void;
  /** Called when a file is uploaded or has failed. When it throws or rejects, the unfinished uploads are aborted. */
  onFile?: (outcome: UploadOutcome, index: number) => void;
}

/** Outcome of one file of a batch: the file, or the error. */
export type UploadOutcome =
  | { readonly file: UploadedFile; readonly error?: undefined }
  | { readonly file?: undefined; readonly error: StorageError };

/** A running batch: a promise of the outcomes in the order of the items, with controls. It never rejects. */
export type BatchTask = Promise<UploadOutcome[]> & TaskControl;

type Item = { readonly source: Uploadable } & UploadOptions;

/** Concurrent uploads for each slot of the pool, enough that no slot waits for the API. */
const uploadsPerSlot = { single: 2, batched: 40 };
/** Most uploads that batches add to, since each may have a file open: enough for calls of a hundred files while others are sent. */
const maxBatchedUploads = 200;

/**
 * Starts a batch. Small files are presigned and registered together, as soon as the code for that is loaded; meanwhile, and where
 * it cannot be loaded, each by itself.
 */
export function startBatch(
  single: Connection,
  items: Iterable<BatchItem>,
  { signal: callerSignal, onProgress, onFile, ...shared }: BatchOptions = {},
): BatchTask {
  const queue = Array.from(items, toItem);
  const counted: Pick<Progress, 'bytes' | 'total'>[] = [];
  let filesDone = 0;
  let bytes = 0;
  let total = 0;
  let unknownTotals = 0;
  const { control, signal, gate, meter, fail } = controlTask(
    onProgress && ((progress) => onProgress({ ...progress, filesDone, files: queue.length })),
    callerSignal,
  );
  /** Adds the difference to the file's last progress: summing over all files at each event takes too long for many. */
  const count = (index: number, now: Pick<Progress, 'bytes' | 'total'>) => {
    const before = counted[index] ?? { bytes: 0, total: 0 };
    counted[index] = now;
    bytes += now.bytes - before.bytes;
    total += (now.total ?? 0) - (before.total ?? 0);
    unknownTotals += Number(now.total === undefined) - Number(before.total === undefined);
    meter.update({ phase: 'uploading', bytes, total: unknownTotals ? undefined : total });
  };
  for (const [index, { source }] of queue.entries()) count(index, { bytes: 0, total: sizeOf(source) });

  const slots = single.pool.size * uploadsPerSlot.single;
  /** Streams and multipart uploads have memory, or parts in storage: no more of them at once than without batches. */
  const streams = new Pool(slots);
  let { api } = single;
  const connection: Connection = { ...single, api: (call) => api(call), multiparts: new Pool(slots) };

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
      const start = () => startUpload(connection, source, options);
      const outcome: UploadOutcome = await (isStream(source) ? streams.run(start, undefined) : start()).then(
        (file) => ({ file }),
        (error: StorageError) => ({ error }),
      );
      outcomes[index] = outcome;
      filesDone += 1;
      (async () => onFile?.(outcome, index))().catch(fail);
    }
  };
  const workers = Array.from({ length: slots }, work);
  const batched = Math.min(single.pool.size * uploadsPerSlot.batched, maxBatchedUploads);
  if (queue.length > slots) {
    import('./batch-calls.ts').then(
      ({ batchCalls }) => {
        api = batchCalls(single, { abortable, retry, StorageError, alone: new Pool(slots) });
        while (workers.length < batched) workers.push(work());
      },
      () => {},
    );
  }
  // The first workers end when no file is left to start.
  const promise = Promise.all(workers)
    .then(() => Promise.all(workers))
    .then(() => {
      meter.finish(meter.now.bytes);
      return outcomes;
    });
  return Object.assign(promise, control);
}

function toItem(item: BatchItem): Item {
  return item && typeof item === 'object' && 'source' in item ? item : { source: item };
}

/** Bytes; undefined for a source that has to be opened first. */
function sizeOf(source: Uploadable): number | undefined {
  // A Blob has `size`, bytes have `byteLength`, and other sources neither.
  const { size, byteLength } = Object(source) as Partial<Blob & ArrayBuffer>;
  return size ?? byteLength;
}
