import { Readable } from 'node:stream';
import type { Storage } from '../src/node.ts';

type Uploadable = Parameters<Storage['upload']>[0];

/** Something to upload that gives nothing more at some moment, and how it is uploaded. */
export interface SilentSource {
  readonly name: string;
  readonly open: () => Uploadable;
  /** Bytes, as told to `upload`. */
  readonly size?: number;
}

const never = () => new Promise<never>(() => {});
/** More than one PUT takes: parts are under way when it falls silent. */
const large = 20 * 2 ** 20;
const chunk = Buffer.alloc(2 ** 20, 'x');

/** A generator that yields so many bytes, and then waits for ever. */
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

/** A Blob of the caller's own, whose content cannot be reached. */
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

/** Streams of every kind, silent before the first byte, in the middle, and where they should end. */
export const silentSources: readonly SilentSource[] = [
  ...streams.flatMap(([kind, open]) => [
    { name: `${kind} that gives nothing`, open: () => open(0) },
    { name: `${kind} that says its size and gives nothing`, open: () => open(0), size: 1000 },
    { name: `${kind} that gives a few bytes and falls silent`, open: () => open(chunk.length) },
    { name: `${kind} that falls silent between parts`, open: () => open(large) },
    {
      name: `${kind} that says its size and falls silent between parts`,
      open: () => open(large),
      size: 2 * large,
    },
    { name: `${kind} that gives all it said and does not end`, open: () => open(large), size: large },
    {
      name: `${kind} that gives all of one PUT and does not end`,
      open: () => open(chunk.length),
      size: chunk.length,
    },
  ]),
  {
    name: 'an iterator that answers nothing, to return() neither',
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

/** It never ends and never waits: only an abort can end it. */
export const endlessSource: SilentSource = { name: 'a generator of single letters', open: lettersForEver };
