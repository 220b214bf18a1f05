import { openBytes } from './bytes-source.ts';
import { maxSinglePutBytes, type Source, sourceChanged } from './source.ts';
import type { StorageError } from './storage-error.ts';

/** A stream, read from front to back. */
export async function openStream(
  input: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>,
  size: number | undefined,
): Promise<Source> {
  const reader = new StreamReader(input);
  const head = size === undefined ? await reader.take(maxSinglePutBytes + 1) : undefined;
  if (head && head.length <= maxSinglePutBytes) return openBytes(head);
  if (head) reader.putBack(head);
  let sent = 0;
  return {
    size,
    async read(start, end) {
      const bytes = await reader.take(end - start);
      sent += bytes.length;
      if (size !== undefined && bytes.length < end - start) throw otherLength(size, `only ${sent}`);
      return bytes;
    },
    async verify() {
      const isRead = sent === size;
      if (isRead && (await reader.take(1)).length > 0) throw otherLength(size, 'more');
    },
    close: () => reader.cancel(),
  };
}

function otherLength(size: number, found: string): StorageError {
  return sourceChanged(undefined, `The stream was said to have ${size} bytes, and has ${found}.`);
}

/** Reads so many bytes at a time from chunks of whatever size. */
class StreamReader {
  readonly #chunks: AsyncIterator<Uint8Array | string>;
  #ahead: Uint8Array[] = [];

  constructor(input: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>) {
    this.#chunks = 'getReader' in input ? chunksOf(input) : input[Symbol.asyncIterator]();
  }

  /** That many bytes, or what is left. */
  async take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = [];
    let taken = 0;
    while (taken < count) {
      const chunk = this.#ahead.pop() ?? (await this.#next());
      if (!chunk) break;
      const piece = chunk.subarray(0, count - taken);
      if (piece.length < chunk.length) this.#ahead.push(chunk.subarray(piece.length));
      parts.push(piece);
      taken += piece.length;
    }
    const bytes = new Uint8Array(taken);
    let offset = 0;
    for (const part of parts) {
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  }

  putBack(bytes: Uint8Array): void {
    this.#ahead.push(bytes);
  }

  async cancel(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      return typeof value === 'string' ? new TextEncoder().encode(value) : value;
    } catch (cause) {
      throw sourceChanged(cause, 'The stream to upload failed.');
    }
  }
}

/** Not every browser can iterate over a stream. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      if (value) yield value;
    }
  } finally {
    await reader.cancel();
  }
}
