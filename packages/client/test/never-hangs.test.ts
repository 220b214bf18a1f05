import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  createStorage,
  type Storage,
  StorageError,
  type StorageOptions,
  type UploadTask,
} from '../src/node.ts';
import { accessToken, type Service, startService } from './service.ts';
import { endlessSource, type SilentSource, silentSources } from './silent-sources.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
}, 60_000);
afterEach(() => {
  service.api.calm();
  service.objects.calm();
});
afterAll(() => service[Symbol.asyncDispose](), 60_000);

function storageOf(options: Partial<StorageOptions> = {}): Storage {
  return createStorage({
    url: service.api.url,
    apiKey: service.publishableKey,
    accessToken: accessToken('alice'),
    journal: false,
    ...options,
  });
}

const never = () => new Promise<never>(() => {});

/** A second is promised; the other second is for a busy machine. */
const promptMs = 2000;

/** What the work rejects with, and after how long. */
async function rejection(work: Promise<unknown>, withinMs: number): Promise<StorageError> {
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

const start = (storage: Storage, { open, size }: SilentSource, signal?: AbortSignal): UploadTask =>
  storage.upload(open(), { ...(size && { size }), ...(signal && { signal }) });

const startBatch = (storage: Storage, { open, size }: SilentSource, signal?: AbortSignal) =>
  storage.uploadAll([{ source: open(), ...(size && { size }) }, 'a text'], { ...(signal && { signal }) });

/** Long enough for what is not silent to have come to where it waits. */
const untilSilent = () => pause(300);

/** All that can happen to an upload that waits for nothing. */
const endings: [string, (storage: Storage, source: SilentSource) => Promise<StorageError | undefined>][] = [
  [
    'abort()',
    async (storage, source) => {
      const task = start(storage, source);
      await untilSilent();
      task.abort();
      return rejection(task, promptMs);
    },
  ],
  [
    'its signal',
    async (storage, source) => {
      const controller = new AbortController();
      const task = start(storage, source, controller.signal);
      await untilSilent();
      controller.abort();
      return rejection(task, promptMs);
    },
  ],
  [
    'abort() while it is paused',
    async (storage, source) => {
      const task = start(storage, source);
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

/** All endings at the same time, of an upload each. */
async function endInEveryWay(open: () => Storage, source: SilentSource): Promise<object> {
  const ended = endings.map(async ([name, end]) => [name, (await end(open(), source))?.code] as const);
  return Object.fromEntries(await Promise.all(ended));
}
const abortedInEveryWay = Object.fromEntries(endings.map(([name]) => [name, 'client/aborted']));

test.each([...silentSources, endlessSource])('$name is given up at once, in every way', async (source) => {
  expect(await endInEveryWay(storageOf, source)).toEqual(abortedInEveryWay);
});

test.each(silentSources)(
  '$name counts as stalled after stallSeconds, and is not asked again',
  async (source) => {
    const task = start(storageOf({ stallSeconds: 0.5 }), source);
    const error = await rejection(task, 500 + 500 + promptMs);
    expect(error).toMatchObject({ code: 'client/stalled', details: { waitingFor: 'source' } });
  },
);

/** Callbacks of the caller's that never answer, by the part of an upload that waits for them. */
const silentCallbacks: [string, () => Partial<StorageOptions>][] = [
  ['accessToken', () => ({ accessToken: never })],
  [
    'accessToken, when it is asked for a fresh one',
    () => ({ accessToken: (old) => (old ? never() : accessToken('alice', -60)) }),
  ],
  [
    'accessToken, before registering',
    () => ({ accessToken: fromNth(2, never, async () => accessToken('alice')) }),
  ],
  ['fetch', () => ({ fetch: never })],
  ['fetch, when registering', () => ({ fetch: fromNth(2, never, (...request) => fetch(...request)) })],
  [
    'fetch, whose answer has no end',
    () => ({ fetch: async () => new Response(new ReadableStream({ pull: never })) }),
  ],
];

/** Does what it did before until the n-th call, and another thing from then on. */
function fromNth<A extends unknown[], R>(nth: number, then: () => R, before: (...args: A) => R) {
  let calls = 0;
  return (...args: A): R => (++calls < nth ? before(...args) : then());
}

describe.each(silentCallbacks)('an upload that waits for %s', (name, options) => {
  const text: SilentSource = { name: 'text', open: () => 'text' };

  test('is given up at once, in every way', async () => {
    expect(await endInEveryWay(() => storageOf(options()), text)).toEqual(abortedInEveryWay);
  });

  test('counts as stalled after stallSeconds, and a silent accessToken is not asked again', async () => {
    const tries = name.startsWith('accessToken') ? 6 : 1;
    const storage = storageOf({ ...options(), stallSeconds: 0.5, retry: { tries } });
    const error = await rejection(storage.upload('text'), 500 + 500 + promptMs);
    expect(error.code).toBe('client/stalled');
    if (tries > 1) expect(error.details).toEqual({ waitingFor: 'accessToken' });
  });
});

describe('what is not silent', { timeout: 30_000 }, () => {
  test('is no stall: a stream that gives a little, again and again', async () => {
    async function* slowly() {
      for (let letter = 0; letter < 8; letter += 1) {
        await pause(150);
        yield 'x';
      }
    }
    const file = await storageOf({ stallSeconds: 0.6 }).upload(slowly());
    expect(file.size).toBe(8);
  });

  test('is no stall: a source that is silent while the upload is paused', async () => {
    async function* waiting() {
      await pause(1200);
      yield 'late';
    }
    const task = storageOf({ stallSeconds: 0.3 }).upload(waiting());
    task.pause();
    // Longer than two stalls; that is what this is about.
    await pause(1300);
    task.resume();
    expect((await task).size).toBe(4);
  });

  test('holds nothing up that it no longer concerns: the same token is asked for anew after a stall', async () => {
    const ask = fromNth<[], Promise<string>>(2, async () => accessToken('alice'), never);
    const storage = storageOf({ accessToken: ask, stallSeconds: 0.3 });
    expect((await rejection(storage.usage(), promptMs)).code).toBe('client/stalled');
    await storage.usage();
  });
});

describe('a call', { timeout: 30_000 }, () => {
  const silent = () => storageOf({ accessToken: never });
  const calls: [string, (storage: Storage, signal: AbortSignal) => Promise<unknown>][] = [
    ['get', (storage, signal) => storage.get('x', { signal })],
    ['download', (storage, signal) => storage.download('x', { signal })],
    ['downloadUrl', (storage, signal) => storage.downloadUrl('x', { signal })],
    ['list', (storage, signal) => storage.list({ signal }).next()],
    ['deleteAll', (storage, signal) => storage.deleteAll(['x'], { signal })],
  ];
  test.each(calls)('%s ends with its signal, whatever it waits for', async (_, call) => {
    const controller = new AbortController();
    const work = call(silent(), controller.signal);
    controller.abort();
    expect((await rejection(work, promptMs)).code).toBe('client/aborted');
  });

  test('download ends with its signal where a fetch of the caller knows no signal', async () => {
    const { id } = await storageOf().upload('text');
    const storage = storageOf({ fetch: (url, init) => (init?.method ? fetch(url, init) : never()) });
    const controller = new AbortController();
    const response = await storage.download(id, { signal: controller.signal });
    const work = response.text();
    await untilSilent();
    controller.abort();
    expect((await rejection(work, promptMs)).code).toBe('client/aborted');
  });
});

test('a stream that was given up is told so', async () => {
  const [silent] = silentSources;
  const stream = silent?.open();
  const task = storageOf().upload(stream as AsyncIterable<Uint8Array>);
  await untilSilent();
  task.abort();
  await rejection(task, promptMs);
  expect(stream).toMatchObject({ destroyed: true });
});
