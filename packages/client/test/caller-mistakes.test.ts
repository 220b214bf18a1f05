import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Storage, StorageError, type StorageOptions } from '../src/node.ts';
import { serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
const storageOf = (options?: Partial<StorageOptions>) => tested.storageOf('alice', { retry: {}, ...options });

/** The error that a call throws or rejects with. */
async function mistake(call: () => unknown): Promise<StorageError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw new Error('The error is no StorageError.', { cause: error });
  }
  throw new Error('The call succeeded.');
}

const invalid = { code: 'client/invalid-input', name: 'StorageError', retryable: false };

// Values that the types forbid, as calls from JavaScript pass them.
// biome-ignore lint/suspicious/noExplicitAny: a mistake has any type.
type Mistake = any;

async function* yields(...values: Mistake[]) {
  yield 'first ';
  yield* values;
}

describe('a source that cannot be uploaded', () => {
  const sources: [string, () => Mistake][] = [
    ['null', () => null],
    ['undefined', () => undefined],
    ['a number', () => 42],
    ['a boolean', () => true],
    ['an object', () => ({})],
    ['an array', () => ['a']],
    ['a function', () => yields],
    ['a promise of a Blob', () => Promise.resolve(new Blob(['a']))],
    ['a stream of numbers', () => yields(1)],
    ['a stream of objects', () => yields({})],
    ['a stream of Blobs', () => yields(new Blob(['a']))],
    ['a stream of null', () => yields(null)],
    ['a stream of undefined', () => yields(undefined)],
    ['a stream that is being read by another', () => lockedStream()],
    ['a URL of another kind', () => new URL('https://example.com/a')],
    ['a path that is a number', () => ({ path: 42 })],
    ['a path of no file', () => ({ path: '/nowhere/at/all' })],
    ['a path of a directory', () => ({ path: tested.service.directory })],
    ['a path of a device', () => ({ path: '/dev/null' })],
  ];

  test.each(sources)('%s is an invalid input, and is not tried again', async (_, open) => {
    const { api } = tested.service;
    api.calm();
    expect(await mistake(() => storageOf().upload(open()))).toMatchObject(invalid);
    const [outcome] = await storageOf().uploadAll([open()]);
    expect(outcome?.error).toMatchObject(invalid);
    expect(api.seen).toEqual([]);
  });

  function lockedStream(): ReadableStream {
    const stream = new Blob(['a']).stream();
    stream.getReader();
    return stream;
  }
});

describe('an argument that cannot be sent', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const calls: [string, (storage: Storage) => unknown][] = [
    ['metadata that JSON cannot hold', (storage) => storage.upload('a', { metadata: { custom: { n: 1n } } })],
    ['metadata that contains itself', (storage) => storage.update('x', { metadata: { custom: circle } })],
    ['a query that JSON cannot hold', (storage) => storage.listPage({ minSize: 1n as Mistake })],
    ['a batch of nothing', (storage) => storage.uploadAll(null as Mistake)],
    ['a signal of the wrong type', (storage) => storage.upload('a', { signal: 'stop' as Mistake })],
  ];
  test.each(calls)('%s is an invalid input', async (_, call) => {
    const error = await mistake(() => call(storageOf()));
    expect(error).toMatchObject({ ...invalid, cause: expect.any(Error) });
  });

  test.each<[string, Partial<StorageOptions>]>([
    ['a token with a line break', { accessToken: 'a\nb' }],
    ['a token that is a number', { accessToken: () => 42 as Mistake }],
    ['a token that is an object', { accessToken: async () => ({ token: 'a' }) as Mistake }],
    ['a key with a line break', { apiKey: 'pk_\n' }],
    ['a URL that HTTP cannot reach', { url: 'mailto:someone' }],
    ['a fetch that answers nothing', { fetch: (async () => undefined) as Mistake }],
    [
      'a fetch that throws',
      {
        fetch: () => {
          throw new TypeError('no');
        },
      },
    ],
  ])('%s is an invalid input', async (_, options) => {
    expect(await mistake(() => storageOf(options).usage())).toMatchObject(invalid);
  });
});

describe('the code of an error depends on where it arose, and not on its class', () => {
  const once = { retry: { tries: 1 } };

  test('a TypeError of accessToken is client/token-unavailable', async () => {
    const accessToken = () => {
      throw new TypeError('fetch failed');
    };
    const error = await mistake(() => storageOf({ accessToken, ...once }).usage());
    expect(error).toMatchObject({ code: 'client/token-unavailable', cause: expect.any(TypeError) });
  });

  test('a TypeError of a stream is client/source-changed', async () => {
    async function* failing() {
      yield 'a';
      throw new TypeError('fetch failed');
    }
    const error = await mistake(() => storageOf(once).upload(failing()));
    expect(error).toMatchObject({ code: 'client/source-changed', retryable: false });
  });

  test('a TypeError of fetch is client/network, and retryable', async () => {
    const fetch = async () => {
      throw new TypeError('fetch failed');
    };
    const error = await mistake(() => storageOf({ fetch, ...once }).usage());
    expect(error).toMatchObject({ code: 'client/network', retryable: true });
  });
});

describe('a callback that fails', () => {
  const failure = new TypeError('The bar is not there.');
  const failing: [string, () => Mistake][] = [
    [
      'throws',
      () => {
        throw failure;
      },
    ],
    ['rejects', () => Promise.reject(failure)],
  ];
  async function* slowly() {
    yield 'a';
    await pause(60_000, undefined, { ref: false });
  }
  const tagged = (tag: string) => ({ metadata: { tags: [tag] } });
  const total = async (tag: string) => (await storageOf().listPage({ tag })).pagination.total;

  test.each(failing)(
    'an onProgress that %s ends its upload, which leaves no file',
    async (how, onProgress) => {
      const tag = `progress-${how}`;
      const error = await mistake(() => storageOf().upload('text', { onProgress, ...tagged(tag) }));
      expect(error).toMatchObject({ ...invalid, cause: failure });
      // The error is reported at once; a file that was registered meanwhile is deleted right after.
      await expect.poll(() => total(tag), { timeout: 20_000 }).toBe(0);
    },
  );

  test.each(failing)(
    'an onProgress that %s ends an upload that waits for its source',
    async (_, onProgress) => {
      expect(await mistake(() => storageOf().upload(slowly(), { size: 100, onProgress }))).toMatchObject(
        invalid,
      );
    },
  );

  test.each(failing)(
    'an onFile that %s ends the unfinished uploads, and the batch reports its error',
    async (_, onFile) => {
      const texts = Array.from({ length: 29 }, (_, index) => `${index}`);
      // However quick the others are, the last one cannot have ended.
      const items = [...texts, { source: slowly(), size: 100 }];
      const outcomes = await storageOf({ concurrency: 1 }).uploadAll(items, { onFile });
      expect(outcomes).toHaveLength(30);
      expect(outcomes.some(({ file }) => file)).toBe(true);
      expect(outcomes.at(-1)?.error).toMatchObject({ ...invalid, cause: failure });
    },
  );
});
