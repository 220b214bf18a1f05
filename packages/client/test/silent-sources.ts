import { Readable } from 'node:stream';
import type { Storage } from '../src/node.ts';

type Uploadable = Parameters<Storage['upload']>[0];

/** A source that stops yielding at some point without ending. */
export interface SilentSource {
  readonly name: string;
  readonly open: () => Uploadable;
  /** Bytes, as passed to `upload`. */
  readonly size?: number;
}

const never = () => new Promise<never>(() => {});
/** Larger than one PUT: parts are being sent when it falls silent. */
const large = 20 * 2 ** 20;
const chunk = Buffer.alloc(2 ** 20, 'x');

/** A generator that yields `bytes` bytes, and then waits for ever. */
async function* silentAfter(bytes: number): AsyncGenerator<Uint8Array> {
  for (let given = 0; given < bytes; given += chunk.length) yield chunk;
  await never();
}

function webStreamAfter(bytes: number): ReadableStream<Uint8Array> {
  let given = 0;
  return new ReadableStream({
    pull(controller) {
      if (given >= bytes) return never();
      given += chunk.length;
      controller.enqueue(new Uint8Array(chunk));
    },
  });
}

function nodeStreamAfter(bytes: number): Readable {
  let given = 0;
  return new Readable({
    read() {
      if (given >= bytes) return;
      given += chunk.length;
      this.push(chunk);
    },
  });
}

/** A subclass of Blob whose content never arrives. */
class SilentBlob extends Blob {
  override get size() {
    return 1000;
  }
  override slice() {
    return this;
  }
  override stream() {
    return new ReadableStream<Uint8Array<ArrayBuffer>>({ pull: never });
  }
  override arrayBuffer() {
    return never();
  }
}

async function* emptyForEver(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(0);
}

async function* lettersForEver(): AsyncGenerator<string> {
  for (;;) yield 'x';
}

const streams: [string, (bytes: number) => Uploadable][] = [
  ['a Node stream', nodeStreamAfter],
  ['a web stream', webStreamAfter],
  ['a generator', silentAfter],
];

/** Streams of every type, silent before the first byte or after a few, and other sources that never give any. */
export const silentSources: readonly SilentSource[] = [
  ...streams.flatMap(([kind, open]) => [
    { name: `${kind} that gives nothing`, open: () => open(0) },
    { name: `${kind} with a size that gives nothing`, open: () => open(0), size: 1000 },
    { name: `${kind} that gives a few bytes and falls silent`, open: () => open(chunk.length) },
    {
      name: `${kind} that gives all bytes of one PUT and does not end`,
      open: () => open(chunk.length),
      size: chunk.length,
    },
  ]),
  {
    name: 'an iterator whose next() and return() never answer',
    open: () => ({ [Symbol.asyncIterator]: () => ({ next: never, return: never }) }),
  },
  {
    name: 'an iterator whose return() throws',
    open: () => ({
      [Symbol.asyncIterator]: () => ({
        next: never,
        return: () => {
          throw new Error('It will not end.');
        },
      }),
    }),
  },
  {
    name: 'a web stream that cannot be cancelled',
    open: () => new ReadableStream({ pull: never, cancel: never }),
  },
  { name: 'a Blob that cannot be read', open: () => new SilentBlob() },
  { name: 'a generator of empty chunks', open: emptyForEver },
];

/** Streams of every type, silent when parts have been sent. */
export const silentBetweenParts: readonly SilentSource[] = streams.flatMap(([kind, open]) => [
  { name: `${kind} that falls silent between parts`, open: () => open(large) },
  {
    name: `${kind} with a size that falls silent between parts`,
    open: () => open(large),
    size: 2 * large,
  },
  {
    name: `${kind} that gives all bytes of its size and does not end`,
    open: () => open(large),
    size: large,
  },
]);

/** It never ends and never waits; only an abort ends its upload. */
export const endlessSource: SilentSource = { name: 'a generator of single letters', open: lettersForEver };
