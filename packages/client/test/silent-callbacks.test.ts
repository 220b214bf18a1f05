import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StorageError, type StorageOptions } from '../src/node.ts';
import { serviceUnderTest } from './service-under-test.ts';

const tested = serviceUnderTest();
const stallMs = 400;
/** Sending 17 MiB in parts on a busy machine included. A callback that is asked again would take minutes: see `tries`. */
const limitMs = 25_000;

const never = () => new Promise<never>(() => {});
const untilAborted = (signal: AbortSignal | null | undefined) =>
  new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

/** Ways in which a caller's `fetch` never gives an answer. */
const silences = {
  'ignores its signal': never,
  'gives a body without end': async () => new Response(new ReadableStream({ pull: never })),
  'gives a body that cannot be cancelled': async () =>
    new Response(new ReadableStream({ pull: never, cancel: never })),
  'gives two bytes of an answer': async () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from('te')),
        pull: never,
      }),
    ),
  'gives an object whose text() never answers': async () => ({ ok: true, status: 200, text: never }) as never,
} satisfies Record<string, () => Promise<Response>>;

/** Options whose callback is silent from its n-th call on. */
type Hook = (fromCall: number) => Partial<StorageOptions>;

const hooks: readonly (readonly [string, Hook])[] = [
  [
    'accessToken',
    (fromCall) => {
      let calls = 0;
      return { accessToken: () => (++calls < fromCall ? tested.service.accessToken('alice') : never()) };
    },
  ],
  ...Object.entries(silences).map(([name, silent]): readonly [string, Hook] => [
    `fetch ${name}`,
    (fromCall) => {
      let calls = 0;
      return { fetch: (...request) => (++calls < fromCall ? fetch(...request) : silent()) };
    },
  ]),
];

const large = Buffer.alloc(17 * 2 ** 20, 'x');
/** Kinds of uploads, each with other calls of the API. */
const kinds: readonly (readonly [string, (options: Partial<StorageOptions>) => Promise<unknown>])[] = [
  ['one PUT', (options) => storageOf(options).upload('text')],
  ['one PUT, checked', (options) => storageOf(options).upload('text', { sha256: true })],
  ['parts', (options) => storageOf(options).upload(large)],
  [
    'a batch',
    async (options) => {
      const outcomes = await storageOf(options).uploadAll(Array.from({ length: 30 }, () => 'text'));
      const failed = outcomes.find(({ error }) => error);
      if (failed?.error) throw failed.error;
    },
  ],
];
const storageOf = (options: Partial<StorageOptions>) =>
  tested.storageOf('alice', { retry: { tries: 100 }, stallSeconds: stallMs / 1000, ...options });

test('an upload settles within the stall time, whichever callback falls silent, however, and at whichever call', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...hooks),
      fc.constantFrom(...kinds),
      fc.integer({ min: 1, max: 6 }),
      async ([, hook], [, start], fromCall) => {
        const late = new AbortController();
        // It succeeds where it needs fewer calls.
        const outcome = await Promise.race([
          start(hook(fromCall)).then(
            () => 'succeeded',
            (failure: unknown) => failure,
          ),
          pause(limitMs, 'late', { signal: late.signal }).catch(() => undefined),
        ]);
        late.abort();
        if (outcome === 'succeeded') return;
        expect(outcome).toBeInstanceOf(StorageError);
        expect(outcome).toMatchObject({
          code: 'client/stalled',
          details: { waitingFor: expect.any(String) },
        });
      },
    ),
    { numRuns: 15 },
  );
}, 240_000);

test('a fetch that ends with its signal is a silent connection: it is tried again', async () => {
  let calls = 0;
  const silentOnce: typeof fetch = (url, init) =>
    ++calls === 1 ? untilAborted(init?.signal) : fetch(url, init);
  const file = await storageOf({ fetch: silentOnce }).upload('text');
  expect(file.size).toBe(4);
  expect(calls).toBeGreaterThan(2);
});
