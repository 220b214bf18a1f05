import { anySignal } from './attempt.ts';
import { createMeter, type Progress } from './progress.ts';
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
  /** Of all files together; at most ten times a second. */
  onProgress?: (progress: BatchProgress) => void;
  /** Called as each file ends. */
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
  const each: Pick<Progress, 'bytes' | 'total'>[] = queue.map(({ source }) => ({
    bytes: 0,
    total: sizeOf(source),
  }));
  let filesDone = 0;
  const meter = createMeter(
    onProgress && ((progress) => onProgress({ ...progress, filesDone, files: queue.length })),
  );
  const add = () => {
    let bytes = 0;
    let total = 0;
    for (const one of each) {
      bytes += one.bytes;
      total += one.total ?? Number.NaN;
    }
    meter.update({ phase: 'uploading', bytes, total: Number.isNaN(total) ? undefined : total });
  };
  add();
  const { control, signal, gate } = controlTask(meter, callers);

  const outcomes: UploadOutcome[] = [];
  const entries = queue.entries();
  const work = async () => {
    for (const [index, { source, ...own }] of entries) {
      const onOwnProgress = (progress: Progress) => {
        own.onProgress?.(progress);
        each[index] = progress;
        add();
      };
      const either = anySignal(signal, own.signal);
      const options = { ...shared, ...own, signal: either, onProgress: onOwnProgress, batchGate: gate };
      const outcome: UploadOutcome = await startUpload(connection, source, options).then(
        (file) => ({ file }),
        (error: StorageError) => ({ error }),
      );
      outcomes[index] = outcome;
      filesDone += 1;
      onFile?.(outcome, index);
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
  return typeof item === 'object' && 'source' in item ? item : { source: item };
}

/** Bytes; undefined for what has to be opened first. */
function sizeOf(source: Uploadable): number | undefined {
  // Of a Blob, of bytes; nothing else has either.
  const { size, byteLength } = source as Partial<Blob & ArrayBuffer>;
  return size ?? byteLength;
}
