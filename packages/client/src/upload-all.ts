import { type Progress, ProgressMeter } from './progress.ts';
import type { Uploadable } from './source.ts';
import { type StorageError, toStorageError } from './storage-error.ts';
import { controlTask, type TaskControl } from './task-control.ts';
import { startUpload, type UploadOptions } from './upload.ts';
import type { Connection } from './upload-run.ts';
import type { StoredFile } from './wire.ts';

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
  | { readonly file: StoredFile; readonly error?: undefined }
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
  const bytes = queue.map(() => 0);
  const totals: (number | undefined)[] = queue.map(({ source }) => sizeOf(source));
  let filesDone = 0;
  const meter = new ProgressMeter(
    onProgress && ((progress) => onProgress({ ...progress, filesDone, files: queue.length })),
  );
  meter.phase = 'uploading';
  meter.total = sum(totals);
  const { control, signal, gate, release } = controlTask(connection, meter, callers);

  const uploadOne = async ({ source, ...own }: Item, index: number): Promise<UploadOutcome> => {
    const onOwnProgress = (progress: Progress) => {
      own.onProgress?.(progress);
      bytes[index] = progress.bytes;
      totals[index] = progress.total;
      meter.total = sum(totals);
      meter.bytes = sum(bytes) ?? 0;
    };
    const options = { ...shared, signal, ...own, onProgress: onOwnProgress, batchGate: gate };
    try {
      return { file: await startUpload(connection, source, options) };
    } catch (error) {
      return { error: toStorageError(error) };
    }
  };

  const outcomes: UploadOutcome[] = [];
  const entries = queue.entries();
  const work = async () => {
    for (const [index, item] of entries) {
      const outcome = await uploadOne(item, index);
      outcomes[index] = outcome;
      filesDone += 1;
      onFile?.(outcome, index);
    }
  };
  const workers = Array.from({ length: connection.pool.size * 2 }, work);
  const promise = Promise.all(workers).then(() => {
    release();
    meter.finish(meter.bytes);
    return outcomes;
  });
  return Object.assign(promise, control);
}

function toItem(item: BatchItem): Item {
  return typeof item === 'object' && 'source' in item ? item : { source: item };
}

/** Bytes; undefined for what has to be opened first. */
function sizeOf(source: Uploadable): number | undefined {
  if (source instanceof Blob) return source.size;
  return typeof source === 'object' && 'byteLength' in source ? source.byteLength : undefined;
}

function sum(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce<number | undefined>(
    (total, each) => (total === undefined || each === undefined ? undefined : total + each),
    0,
  );
}
