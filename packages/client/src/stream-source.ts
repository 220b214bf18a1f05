import type { Source, sourceChanged } from './source.ts';

/** What it takes of the rest: handed in, so that what loads this file on demand stays in one piece. */
export interface StreamSourceDeps {
  /** Up to here a stream is read before it is sent, and becomes one PUT. */
  readonly wholeBytes: number;
  readonly changed: typeof sourceChanged;
}

/**
 * A stream, read from front to back.
 * @param size bytes, where the caller knows
 */
export async function openStream(
  input: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>,
  size: number | undefined,
  { wholeBytes, changed }: StreamSourceDeps,
): Promise<Source> {
  const chunks = 'getReader' in input ? chunksOf(input) : input[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  /** Read and not yet taken; what comes first is last. */
  const ahead: Uint8Array[] = [];

  const next = async () => {
    try {
      const { done, value } = await chunks.next();
      if (done) return undefined;
      return typeof value === 'string' ? encoder.encode(value) : value;
    } catch (cause) {
      throw changed(cause, 'The stream to upload failed.');
    }
  };
  /** That many bytes, or what is left. */
  const take = async (count: number) => {
    const pieces: Uint8Array[] = [];
    let taken = 0;
    while (taken < count) {
      const chunk = ahead.pop() ?? (await next());
      if (!chunk) break;
      const piece = chunk.subarray(0, count - taken);
      if (piece.length < chunk.length) ahead.push(chunk.subarray(piece.length));
      pieces.push(piece);
      taken += piece.length;
    }
    const bytes = new Uint8Array(taken);
    let offset = 0;
    for (const piece of pieces) {
      bytes.set(piece, offset);
      offset += piece.length;
    }
    return bytes;
  };

  if (size === undefined) {
    const head = await take(wholeBytes + 1);
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
    async close() {
      await chunks.return?.();
    },
  };
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
