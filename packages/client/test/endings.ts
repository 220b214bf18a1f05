import { setTimeout as pause } from 'node:timers/promises';
import { type Storage, StorageError, type UploadTask } from '../src/node.ts';
import type { SilentSource } from './silent-sources.ts';

/** The client promises one second; the other is for a busy machine. */
export const promptMs = 2000;

/** Time to send the part that comes before the silence of some sources. */
export const sendingMs = 4000;

/** The error of work that has to reject within this time. */
export async function rejection(work: Promise<unknown>, withinMs: number): Promise<StorageError> {
  const late = new AbortController();
  const outcome = await Promise.race([
    work.then(
      () => 'resolved',
      (error: unknown) => error,
    ),
    pause(withinMs, `not within ${withinMs} ms`, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
  if (outcome instanceof StorageError) return outcome;
  throw new Error(`It was not rejected with a StorageError: ${outcome}`, { cause: outcome });
}

export const startUpload = (
  storage: Storage,
  { open, size }: SilentSource,
  signal?: AbortSignal,
): UploadTask => storage.upload(open(), { ...(size && { size }), ...(signal && { signal }) });

const startBatch = (storage: Storage, { open, size }: SilentSource, signal?: AbortSignal) =>
  storage.uploadAll([{ source: open(), ...(size && { size }) }, 'a text'], { ...(signal && { signal }) });

/** Long enough for an upload to reach the point at which it waits. */
export const untilSilent = () => pause(300);

/** All ways to end an upload that waits for an answer that never comes. */
const endings: [string, (storage: Storage, source: SilentSource) => Promise<StorageError | undefined>][] = [
  [
    'abort()',
    async (storage, source) => {
      const task = startUpload(storage, source);
      await untilSilent();
      task.abort();
      return rejection(task, promptMs);
    },
  ],
  [
    'its signal',
    async (storage, source) => {
      const controller = new AbortController();
      const task = startUpload(storage, source, controller.signal);
      await untilSilent();
      controller.abort();
      return rejection(task, promptMs);
    },
  ],
  [
    'abort() while it is paused',
    async (storage, source) => {
      const task = startUpload(storage, source);
      await untilSilent();
      task.pause();
      task.abort();
      return rejection(task, promptMs);
    },
  ],
  [
    'the abort() of its batch',
    async (storage, source) => {
      const task = startBatch(storage, source);
      await untilSilent();
      task.abort();
      return firstError(task);
    },
  ],
  [
    'the signal of its batch',
    async (storage, source) => {
      const controller = new AbortController();
      const task = startBatch(storage, source, controller.signal);
      await untilSilent();
      controller.abort();
      return firstError(task);
    },
  ],
];

async function firstError(task: ReturnType<Storage['uploadAll']>): Promise<StorageError | undefined> {
  const late = pause(promptMs, undefined, { ref: false });
  const outcomes = await Promise.race([task, late]);
  return outcomes?.[0]?.error;
}

/** All endings concurrently, each of its own upload. */
export async function endInEveryWay(open: () => Storage, source: SilentSource): Promise<object> {
  const ended = endings.map(async ([name, end]) => [name, (await end(open(), source))?.code] as const);
  return Object.fromEntries(await Promise.all(ended));
}
export const abortedInEveryWay = Object.fromEntries(endings.map(([name]) => [name, 'client/aborted']));

/** Rows of a table of tests: the name of each source, and the source. */
export const rows = (sources: readonly SilentSource[]) =>
  sources.map((source) => [source.name, source] as const);
