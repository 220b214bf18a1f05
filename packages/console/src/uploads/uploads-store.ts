import type { BatchTask, Progress, StorageError, UploadOutcome } from '@bkend/storage';
import { createSmallStore } from '../data/small-store.ts';
import { storageOf } from '../data/storage.ts';
import type { EnvironmentRef } from '../routes.ts';
import type { UploadItem } from './folder-entries.ts';

/** A batch of files that were dropped or chosen together. */
export interface Batch {
  readonly id: number;
  readonly environment: EnvironmentRef;
  readonly files: number;
  readonly filesDone: number;
  readonly progress?: Progress;
  readonly isPaused: boolean;
  readonly isDone: boolean;
  /** Files that were not uploaded, by the order of the batch. */
  readonly failures: readonly Failure[];
}

interface Failure {
  readonly item: UploadItem;
  readonly error: StorageError;
}

/** Every batch since the page was loaded, the latest last. It is outside React: uploads go on while screens change. */
export const batches = createSmallStore<readonly Batch[]>([]);
const tasks = new Map<number, BatchTask>();
let lastId = 0;

/** Uploads files straight to storage. @param onFiles called when some of the files are in the list */
export async function startUploads(
  environment: EnvironmentRef,
  items: readonly UploadItem[],
  onFiles: () => void,
): Promise<void> {
  if (items.length === 0) return;
  lastId += 1;
  const id = lastId;
  const first = { id, environment, files: items.length, filesDone: 0, isPaused: false, isDone: false };
  batches.set((all) => [...all, { ...first, failures: [] }]);
  const task = storageOf(environment).uploadAll(
    items.map(({ file, folder }) => ({ source: file, folder })),
    { onProgress: (progress) => change(id, { progress, filesDone: progress.filesDone }) },
  );
  tasks.set(id, task);
  const outcomes = await task;
  tasks.delete(id);
  change(id, { isDone: true, filesDone: items.length, failures: failuresIn(items, outcomes) });
  onFiles();
}

export function pauseUploads(id: number, isPaused: boolean): void {
  const task = tasks.get(id);
  if (isPaused) task?.pause();
  else task?.resume();
  change(id, { isPaused });
}

/** Ends a running batch, or takes a finished one out of the tray. */
export function dropBatch(id: number): void {
  tasks.get(id)?.abort();
  batches.set((all) => all.filter((batch) => batch.id !== id));
}

function failuresIn(items: readonly UploadItem[], outcomes: readonly UploadOutcome[]): Failure[] {
  return outcomes.flatMap(({ error }, index) => {
    const item = items[index];
    return error === undefined || item === undefined ? [] : [{ item, error }];
  });
}

function change(id: number, changes: Partial<Batch>): void {
  batches.set((all) => all.map((batch) => (batch.id === id ? { ...batch, ...changes } : batch)));
}

/** Asks before the page is left while files are being sent. */
addEventListener('beforeunload', (event) => {
  if (tasks.size > 0) event.preventDefault();
});
