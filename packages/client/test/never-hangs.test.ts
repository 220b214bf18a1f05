import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Storage, StorageOptions } from '../src/node.ts';
import {
  abortedInEveryWay,
  endInEveryWay,
  promptMs,
  rejection,
  rows,
  sendingMs,
  startUpload,
  untilSilent,
} from './endings.ts';
import { serviceUnderTest } from './service-under-test.ts';
import { type SilentSource, silentSources } from './silent-sources.ts';

const tested = serviceUnderTest();
const storageOf = (options?: Partial<StorageOptions>) => tested.storageOf('alice', { retry: {}, ...options });

const never = () => new Promise<never>(() => {});

// Tests that wait run concurrently: they share nothing but the service.
test.concurrent.each(rows(silentSources))(
  'an upload of %s ends at once by each ending',
  async (_, source) => {
    expect(await endInEveryWay(storageOf, source)).toEqual(abortedInEveryWay);
  },
);

test.concurrent.each(rows(silentSources))(
  'an upload of %s ends as stalled after stallSeconds, and the source is not asked again',
  async (_, source) => {
    const task = startUpload(storageOf({ stallSeconds: 0.5 }), source);
    const error = await rejection(task, sendingMs + 500 + 500 + promptMs);
    expect(error).toMatchObject({ code: 'client/stalled', details: { waitingFor: 'source' } });
  },
);

/** Callbacks that never answer, each at another stage of an upload. */
const silentCallbacks: [string, () => Partial<StorageOptions>][] = [
  ['accessToken', () => ({ accessToken: never })],
  [
    'accessToken, when it is asked for a fresh one',
    () => ({ accessToken: (old) => (old ? never() : tested.service.accessToken('alice', -60)) }),
  ],
  [
    'accessToken, before registering',
    () => ({ accessToken: fromNth(2, never, async () => tested.service.accessToken('alice')) }),
  ],
  ['fetch', () => ({ fetch: never })],
  ['fetch, when registering', () => ({ fetch: fromNth(2, never, (...request) => fetch(...request)) })],
  [
    'fetch, whose answer has no end',
    () => ({ fetch: async () => new Response(new ReadableStream({ pull: never })) }),
  ],
];

/** Calls `before` until the n-th call, and `then` from it on. */
function fromNth<A extends unknown[], R>(nth: number, then: () => R, before: (...args: A) => R) {
  let calls = 0;
  return (...args: A): R => (++calls < nth ? before(...args) : then());
}

describe.concurrent.each(silentCallbacks)('an upload that waits for %s', (name, options) => {
  const text: SilentSource = { name: 'text', open: () => 'text' };

  test('it ends at once by each ending', async () => {
    expect(await endInEveryWay(() => storageOf(options()), text)).toEqual(abortedInEveryWay);
  });

  test('it ends as stalled after stallSeconds, and the callback is not asked again', async () => {
    const storage = storageOf({ ...options(), stallSeconds: 0.5 });
    const error = await rejection(storage.upload('text'), 500 + 500 + promptMs);
    expect(error.code).toBe('client/stalled');
    expect(error.details).toEqual({ waitingFor: name.replace(/,.*/, '') });
  });
});

describe.concurrent('a source that answers', { timeout: 30_000 }, () => {
  test('a slow stream is no stall', async () => {
    async function* slowly() {
      for (let letter = 0; letter < 8; letter += 1) {
        await pause(150);
        yield 'x';
      }
    }
    const file = await storageOf({ stallSeconds: 0.6 }).upload(slowly());
    expect(file.size).toBe(8);
  });

  test('a source that is silent during a pause is no stall', async () => {
    async function* waiting() {
      await pause(1200);
      yield 'late';
    }
    const task = storageOf({ stallSeconds: 0.3 }).upload(waiting());
    task.pause();
    // Longer than stallSeconds, several times.
    await pause(1300);
    task.resume();
    expect((await task).size).toBe(4);
  });

  test('accessToken is called again by the call after a stall', async () => {
    const ask = fromNth<[], Promise<string>>(2, async () => tested.service.accessToken('alice'), never);
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
  test.each(calls)('%s ends with its signal while it waits', async (_, call) => {
    const controller = new AbortController();
    const work = call(silent(), controller.signal);
    controller.abort();
    expect((await rejection(work, promptMs)).code).toBe('client/aborted');
  });

  test('a download ends with its signal where the caller passed a fetch that ignores signals', async () => {
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

test('a stream is destroyed when its upload is aborted', async () => {
  const [silent] = silentSources;
  const stream = silent?.open();
  const task = storageOf().upload(stream as AsyncIterable<Uint8Array>);
  await untilSilent();
  task.abort();
  await rejection(task, promptMs);
  expect(stream).toMatchObject({ destroyed: true });
});
