import type { Source, Stream, sourceChanged } from './source.ts';
import type { StorageError } from './storage-error.ts';
import { createTextBytes } from './text-bytes.ts';
import type { Wait } from './wait.ts';

/** What it takes of the rest: handed in, so that what loads this file on demand stays in one piece. */
export interface StreamSourceDeps {
  /** Up to here a stream is read before it is sent, and becomes one PUT. */
  readonly wholeBytes: number;
  readonly changed: typeof sourceChanged;
  readonly StorageError: typeof StorageError;
  readonly wait: Wait;
}

/** Bytes gathered from chunks, in memory that no producer can write to. */
interface Gathering {
  bytes: Uint8Array<ArrayBuffer>;
  filled: number;
  readonly limit: number;
}

/** A producer that never waits for anything must not keep timers and aborts waiting for longer than this. */
const maxBusyMs = 20;

/**
 * A stream, read from front to back. A chunk is copied as soon as it is there: its producer may fill the same memory again.
 * @param size bytes, where the caller knows
 */
export async function openStream(
  input: Stream,
  size: number | undefined,
  { wholeBytes, changed, StorageError, wait }: StreamSourceDeps,
): Promise<Source> {
  const { next, stop } = readerOf(input);
  const text = createTextBytes();
  /** Read and not yet taken; what comes first is last. */
  const ahead: Uint8Array<ArrayBuffer>[] = [];
  let isEnded = false;
  let isClosed = false;
  let rested = performance.now();

  const close = () => {
    isClosed = true;
    // Not waited for: a generator returns only once it has yielded.
    (async () => stop())().catch(() => {});
  };
  const toBytes = (chunk: unknown): Uint8Array => {
    if (typeof chunk === 'string') return text.encode(chunk);
    if (ArrayBuffer.isView(chunk))
      return text.before(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (chunk instanceof ArrayBuffer) return text.before(new Uint8Array(chunk));
    const message = `A stream to upload gives bytes or text, and not ${chunk === null ? 'null' : `a ${typeof chunk}`}.`;
    throw new StorageError('client/invalid-input', message);
  };
  /** Gathers the next chunk that is not empty; what is beyond the limit is kept for later. */
  const gather = async (into: Gathering) => {
    for (let length = 0; length === 0 && !isEnded && !isClosed; ) {
      const { done, value } = await next().catch((cause: unknown) => {
        throw changed(cause, 'The stream to upload failed.');
      });
      isEnded = done === true;
      const bytes = isEnded ? text.end() : toBytes(value);
      ({ length } = bytes);
      const end = Math.min(length, into.limit - into.filled);
      append(into, bytes.subarray(0, end));
      // A copy: `slice` of a Buffer is none.
      if (end < length) ahead.push(new Uint8Array(bytes.subarray(end)));
      if (performance.now() - rested < maxBusyMs) continue;
      await new Promise((resolve) => setTimeout(resolve));
      rested = performance.now();
    }
  };
  /** That many bytes, or what is left. @param expected how many there probably are */
  const take = async (count: number, expected = count) => {
    const [first] = ahead.slice(-1);
    if (first && first.length > count) {
      ahead[ahead.length - 1] = first.subarray(count);
      return first.subarray(0, count);
    }
    const into: Gathering = { bytes: new Uint8Array(expected), filled: 0, limit: count };
    while (into.filled < count) {
      const piece = ahead.pop();
      if (piece) {
        const end = Math.min(piece.length, count - into.filled);
        append(into, piece.subarray(0, end));
        if (end < piece.length) ahead.push(piece.subarray(end));
      } else if (isEnded) break;
      else await wait(gather(into));
    }
    return into.bytes.subarray(0, into.filled);
  };

  if (size === undefined) {
    const head = await take(wholeBytes + 1, 2 ** 16).catch((failure: unknown) => {
      close();
      throw failure;
    });
    if (head.length <= wholeBytes)
      return { size: head.length, read: (start, end) => head.subarray(start, end) };
    ahead.push(head);
  }
  const otherLength = (found: string) =>
    changed(undefined, `The stream was said to have ${size} bytes, and has ${found}.`);
  let sent = 0;
  return {
    size,
    async read(start, end) {
      const bytes = await take(end - start);
      sent += bytes.length;
      if (size !== undefined && bytes.length < end - start) throw otherLength(`only ${sent}`);
      return bytes;
    },
    async verify() {
      if (sent === size && (await take(1)).length > 0) throw otherLength('more');
    },
    close,
  };
}

/** Grows by doubling, so that each byte is copied twice at most. */
function append(into: Gathering, bytes: Uint8Array): void {
  const filled = into.filled + bytes.length;
  if (filled > into.bytes.length) {
    const larger = new Uint8Array(Math.min(into.limit, Math.max(filled, into.bytes.length * 2)));
    larger.set(into.bytes.subarray(0, into.filled));
    into.bytes = larger;
  }
  into.bytes.set(bytes, into.filled);
  into.filled = filled;
}

interface StreamReader {
  next(): Promise<{ done?: boolean; value?: unknown }>;
  stop(): unknown;
}

/** Not every browser can iterate over a stream. */
function readerOf(input: Stream): StreamReader {
  if ('getReader' in input) {
    const reader = input.getReader();
    return { next: () => reader.read(), stop: () => reader.cancel() };
  }
  const chunks = input[Symbol.asyncIterator]();
  // Of a Node stream, which ends while it is being read; an iterator would wait for the next chunk first.
  const { destroy } = input as { destroy?: () => void };
  return {
    next: async () => chunks.next(),
    stop: () => (destroy ? destroy.call(input) : chunks.return?.()),
  };
}
