import { StorageError } from './storage-error.ts';

/** Bytes that can be sent as often as it takes: in memory, or read again from where they are. */
export type Body = Uint8Array<ArrayBuffer> | ByteRange;

/** What Blob and a stretch of a file have in common. */
export interface ByteRange {
  readonly size: number;
  stream(): AsyncIterable<Uint8Array>;
}

/** What `upload` takes. A string is text, not a path; a path, in Node, is `{ path }` or a `file:` URL. */
export type Uploadable =
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  | string
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | PathInput;

/** What only Node can open. */
export type PathInput = URL | { readonly path: string };

/** A stream of a file has a path too, and is no path. */
export function isPath(input: Uploadable): input is PathInput {
  if (input instanceof URL) return true;
  return typeof input === 'object' && 'path' in input && !(Symbol.asyncIterator in input);
}

/** Something to upload, opened. */
export interface Source {
  readonly name?: string;
  readonly type?: string;
  /** Bytes; undefined for a stream that does not say, and is longer than one PUT. */
  readonly size: number | undefined;
  /** The same for the same content after a restart; undefined where nothing tells. */
  readonly identity?: string;
  /** The bytes from `start` up to `end`, or to where it ends. A stream is read from front to back only. */
  read(start: number, end: number): Body | Promise<Body>;
  /** Throws `client/source-changed` when it is no longer what was opened. */
  verify(): Promise<void>;
  close(): Promise<void>;
}

export function bodySize(body: Body): number {
  return body instanceof Uint8Array ? body.byteLength : body.size;
}

/** @param size bytes, of a stream, where the caller knows */
export async function openSource(input: Exclude<Uploadable, PathInput>, size?: number): Promise<Source> {
  if (typeof input === 'string') return openBytes(new TextEncoder().encode(input));
  if (input instanceof Blob) return openBlob(input);
  if (input instanceof ArrayBuffer) return openBytes(new Uint8Array(input));
  // A view's buffer may be shared between threads; nothing here writes to it, so that makes no difference.
  if (ArrayBuffer.isView(input)) {
    return openBytes(new Uint8Array(input.buffer as ArrayBuffer, input.byteOffset, input.byteLength));
  }
  if (input && ('getReader' in input || Symbol.asyncIterator in input)) return openStream(input, size);
  throw new StorageError('client/invalid-input', 'upload takes a File, Blob, bytes, text, or a stream.');
}

const still = { verify: async () => {}, close: async () => {} };

function openBytes(bytes: Uint8Array<ArrayBuffer>): Source {
  return { size: bytes.length, read: (start, end) => bytes.subarray(start, end), ...still };
}

function openBlob(blob: Blob): Source {
  const file = 'name' in blob ? (blob as File) : undefined;
  return {
    ...(file && { name: file.name, identity: `${file.name} ${file.size} ${file.lastModified}` }),
    type: blob.type,
    size: blob.size,
    read: (start, end) => blob.slice(start, end),
    ...still,
    async verify() {
      // A File whose content changed on disk cannot be read any more (File API, section 6).
      await blob
        .slice(0, 1)
        .arrayBuffer()
        .catch((cause: unknown) => {
          throw sourceChanged(cause);
        });
    },
  };
}

/** Up to here a stream without a size is read before anything is sent, so that a short one is one PUT. */
export const maxSinglePutBytes = 16 * 2 ** 20;

async function openStream(
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

export function sourceChanged(
  cause?: unknown,
  message = 'The file changed, or cannot be read any more: upload it again.',
): StorageError {
  return new StorageError('client/source-changed', message, { cause });
}
