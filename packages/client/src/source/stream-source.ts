import type { StorageError } from '../storage-error.ts';
import type { CallerWait } from '../transfer/with-stall-timeout.ts';
import type { Source, Stream, sourceChanged } from './source.ts';
import { createTextEncoder } from './text-encoder.ts';

/** Injected rather than imported: this module is loaded on demand, and an import would split the main bundle. */
export interface StreamSourceDeps {
  /** Bytes up to which a stream is buffered and becomes one PUT. */
  readonly wholeBytes: number;
  readonly changed: typeof sourceChanged;
  readonly StorageError: typeof StorageError;
  readonly wait: CallerWait;
}

/** Bytes copied from chunks, in memory that no producer can write to. */
interface ByteBuffer {
  bytes: Uint8Array<ArrayBuffer>;
  filled: number;
  readonly limit: number;
}

/** Upper bound of the time for which a producer that never waits can hold up timers and aborts. */
const maxBusyMs = 20;

/**
 * Opens a stream. Each chunk is copied on arrival: its producer may fill the same memory again.
 * @param size bytes, where the caller knows
 */
export async function openStream(
  input: Stream,
  size: number | undefined,
  { wholeBytes, changed, StorageError, wait }: StreamSourceDeps,
): Promise<Source> {
  const { next, stop } = readerOf(input);
  const text = createTextEncoder();
  /** Bytes read and not yet taken, in reverse order: the next ones are last. */
  const ahead: Uint8Array<ArrayBuffer>[] = [];
  let isEnded = false;
  let isClosed = false;
  let rested = performance.now();

  const close = () => {
    isClosed = true;
    // Not awaited: a generator returns only once it has yielded.
    (async () => stop())().catch(() => {});
  };
  const toBytes = (chunk: unknown): Uint8Array => {
    if (typeof chunk === 'string') return text.encode(chunk);
    if (ArrayBuffer.isView(chunk))
      return text.before(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (chunk instanceof ArrayBuffer) return text.before(new Uint8Array(chunk));
    const message = `A stream to upload yields bytes or text, and not ${chunk === null ? 'null' : `a ${typeof chunk}`}.`;
    throw new StorageError('client/invalid-input', message);
  };
  /** Appends the next chunk that is not empty; bytes beyond the limit are kept for later. */
  const readChunk = async (into: ByteBuffer) => {
    for (let length = 0; length === 0 && !isEnded && !isClosed; ) {
      const { done, value } = await next().catch((cause: unknown) => {
        throw changed(cause, 'The stream to upload failed.');
      });
      isEnded = done === true;
      const bytes = isEnded ? text.end() : toBytes(value);
      ({ length } = bytes);
      const end = Math.min(length, into.limit - into.filled);
      append(into, bytes.subarray(0, end));
      // A copy: `slice` of a Buffer shares its memory.
      if (end < length) ahead.push(new Uint8Array(bytes.subarray(end)));
      if (performance.now() - rested < maxBusyMs) continue;
      await new Promise((resolve) => setTimeout(resolve));
      rested = performance.now();
    }
  };
  /** `count` bytes, or fewer at the end. @param expected their probable number */
  const take = async (count: number, expected = count) => {
    const [first] = ahead.slice(-1);
    if (first && first.length > count) {
      ahead[ahead.length - 1] = first.subarray(count);
      return first.subarray(0, count);
    }
    const into: ByteBuffer = { bytes: new Uint8Array(expected), filled: 0, limit: count };
    while (into.filled < count) {
      const piece = ahead.pop();
      if (piece) {
        const end = Math.min(piece.length, count - into.filled);
        append(into, piece.subarray(0, end));
        if (end < piece.length) ahead.push(piece.subarray(end));
      } else if (isEnded) break;
      else await wait(readChunk(into));
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
function append(into: ByteBuffer, bytes: Uint8Array): void {
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

/** A reader where there is one: not every browser can iterate over a stream. */
function readerOf(input: Stream): StreamReader {
  if ('getReader' in input) {
    const reader = input.getReader();
    return { next: () => reader.read(), stop: () => reader.cancel() };
  }
  const chunks = input[Symbol.asyncIterator]();
  // A Node stream can be destroyed while it is read; an iterator would wait for the next chunk first.
  const { destroy } = input as { destroy?: () => void };
  return {
    next: async () => chunks.next(),
    stop: () => (destroy ? destroy.call(input) : chunks.return?.()),
  };
}
