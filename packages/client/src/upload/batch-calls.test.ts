import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StorageError } from '../storage-error.ts';
import { Pool } from '../transfer/pool.ts';
import { retry } from '../transfer/retry.ts';
import { abortable } from '../transfer/sleep.ts';
import type { Api } from '../transport/api.ts';
import { batchCalls } from './batch-calls.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A call that was made: its time in milliseconds, and the number of its files. */
type Made = readonly [at: number, files: number];

/** Registers a file at each of these milliseconds. @returns the calls that are made for them */
async function callsFor(arrivals: readonly number[]): Promise<Made[]> {
  const made: Made[] = [];
  const started = performance.now();
  // The answers that the API has to these calls.
  const api = (async ({ body }: { body: { files?: object[] } }) => {
    made.push([performance.now() - started, body.files?.length ?? 1]);
    return { results: (body.files ?? []).map((file) => ({ file })) };
  }) as Api;
  const policy = { tries: 1, baseSeconds: 1, maxSeconds: 1 };
  const connection = { api, policy, platform: {} } as unknown as Parameters<typeof batchCalls>[0];
  const batched = batchCalls(connection, { abortable, retry, StorageError, alone: new Pool(1) });
  const files: Promise<unknown>[] = [];
  for (const at of arrivals) {
    setTimeout(() => files.push(batched({ path: '/files', body: { size: 1 } })), at);
  }
  await vi.advanceTimersByTimeAsync(2000);
  expect(await Promise.all(files)).toHaveLength(arrivals.length);
  return made;
}

const every = (ms: number, count: number) => Array.from({ length: count }, (_, index) => index * ms);

test.each<[string, readonly number[], Made[]]>([
  ['files that come together share a call, 25 ms later', [0, 0, 0, 0, 0], [[25, 5]]],
  ['a call waits for files that come one soon after the other', every(10, 8), [[95, 8]]],
  [
    'and for 150 ms at most',
    every(11, 20),
    [
      [150, 14],
      [234, 6],
    ],
  ],
  [
    'files that come seldom do not wait for each other',
    [0, 100, 200],
    [
      [25, 1],
      [125, 1],
      [225, 1],
    ],
  ],
  [
    'a hundred files wait for no other',
    every(0, 130),
    [
      [0, 100],
      [25, 30],
    ],
  ],
])('%s', async (_, arrivals, calls) => {
  expect(await callsFor(arrivals)).toEqual(calls);
});
