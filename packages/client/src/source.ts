import { StorageError } from './storage-error.ts';

/** Bytes that can be sent as often as it takes: in memory, or read again from where they are. */
export type Body = Uint8Array<ArrayBuffer> | ByteRange;

/** What Blob and a stretch of a file have in common. */
export interface ByteRange {
  readonly size: number;
  /** Each chunk is good until the next is asked for. */
  stream(): AsyncIterable<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Bytes that come when they come. */
export type Stream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>;

/** What `upload` takes. A string is text, not a path; a path, in Node, is `{ path }` or a `file:` URL. */
export type Uploadable = Blob | ArrayBuffer | ArrayBufferView | string | Stream | PathInput;

/** What only Node can open. */
export type PathInput = URL | { readonly path: string };

/** A stream of a file has a path too, and is no path. */
export function isPath(input: Uploadable): input is PathInput {
  if (input instanceof URL) return true;
  return typeof input === 'object' && 'path' in (input ?? {}) && !(Symbol.asyncIterator in input);
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
  verify?(): Promise<void>;
  /** Lets go of it; not to be waited for, since that can take as long as its owner likes. */
  close?(): void;
}

export function bodySize(body: Body): number {
  return body instanceof Uint8Array ? body.byteLength : body.size;
}

/** Up to here a file is one PUT; a stream without a size is read so far before anything is sent. */
export const maxSinglePutBytes = 16 * 2 ** 20;

export function sourceChanged(
  cause?: unknown,
  message = 'The file changed, or cannot be read any more.',
): StorageError {
  return new StorageError('client/source-changed', message, { cause });
}
