import { StorageError } from '../storage-error.ts';

/** Bytes that can be sent again: in memory, or read from disk or Blob each time. */
export type Body = Uint8Array<ArrayBuffer> | ByteRange;

/** A Blob, or a range of a local file. */
export interface ByteRange {
  readonly size: number;
  /** Each chunk is valid until the next is requested. */
  stream(): AsyncIterable<Uint8Array>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Bytes that can be read once, front to back. */
export type Stream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>;

/**
 * Data to upload: a File or Blob, bytes, text, a web or Node stream, and in Node a path. A string is text; a path is
 * `{ path }` or a `file:` URL.
 */
export type Uploadable = Blob | ArrayBuffer | ArrayBufferView | string | Stream | PathInput;

/** A local file; in Node only. */
export type PathInput = URL | { readonly path: string };

/** A Node stream of a local file has a `path` too, and is a stream. */
export function isPath(input: Uploadable): input is PathInput {
  if (input instanceof URL) return true;
  return typeof input === 'object' && 'path' in (input ?? {}) && !(Symbol.asyncIterator in input);
}

/** An opened {@link Uploadable}. */
export interface Source {
  readonly name?: string;
  /** MIME type. */
  readonly type?: string;
  /** Bytes; undefined for a stream of unknown size that is longer than one PUT. */
  readonly size: number | undefined;
  /** Equal for equal content, also after a restart; undefined for sources that cannot be recognised. */
  readonly identity?: string;
  /** The bytes from `start` up to `end`, or up to the source's own end. A stream is read from front to back only. */
  read(start: number, end: number): Body | Promise<Body>;
  /** @throws `client/source-changed` when it differs from what was opened */
  verify?(): Promise<void>;
  /** Releases it. Not awaited by the upload: an iterator of the caller's may take any time. */
  close?(): void;
}

export function bodySize(body: Body): number {
  return body instanceof Uint8Array ? body.byteLength : body.size;
}

/** 16 MiB: up to this size a file is one PUT. A stream of unknown size is buffered up to it before anything is sent. */
export const maxSinglePutBytes = 16 * 2 ** 20;

export function sourceChanged(
  cause?: unknown,
  message = 'The file changed, or cannot be read any more.',
): StorageError {
  return new StorageError('client/source-changed', message, { cause });
}
