import type { IncomingMessage } from 'node:http';
import { StorageError } from '@bkend/storage';
import { openRequest } from '@bkend/storage/node-http';

export interface BytesRequest {
  /** Of the first byte wanted. */
  readonly start: number;
  /** Only of the representation with this ETag. */
  readonly etag: string | undefined;
  readonly signal: AbortSignal;
  /** So long the server may be silent while something is expected of it. */
  readonly stallMs: number;
}

/** Bytes of a file, on their way. */
export interface Answer {
  readonly etag: string | undefined;
  /** In hex, where the ETag is one (S3 API reference, "Object": single PUT, not encrypted with a key of KMS or the client). */
  readonly md5: string | undefined;
  /** Of the first byte that comes. */
  readonly start: number;
  /** Of the whole file, where the server says. */
  readonly totalBytes: number | undefined;
  chunks(): AsyncGenerator<Uint8Array>;
  /** Ends it before it is read, or while it is. */
  close(): void;
}

/**
 * Asks a presigned URL for bytes, as they are stored: not by fetch, which undoes a Content-Encoding.
 * @returns undefined where there is no such representation any more
 * @throws StorageError, or what the connection threw
 */
export async function requestBytes(
  url: string,
  { start, etag, signal, stallMs }: BytesRequest,
): Promise<Answer | undefined> {
  const stall = watchForStall(stallMs);
  const either = AbortSignal.any([signal, stall.signal]);
  const headers = {
    ...(start > 0 && { Range: `bytes=${start}-` }),
    ...(etag !== undefined && { 'If-Match': etag }),
  };
  const response = await stall.watch(open(url, headers, either));
  const { statusCode: status = 0 } = response;
  if (status === 200 || status === 206) return toAnswer(response, stall);
  const text = await stall.watch(readText(response));
  // What has no such range is shorter than it was.
  if (start > 0 && (status === 412 || status === 416)) return undefined;
  const s3Code = /<Code>([^<]*)/.exec(text)?.[1] ?? '';
  const message = `Storage refused (${[status, s3Code].filter(Boolean).join(', ')}).`;
  const retryAfterSeconds = Number(response.headers['retry-after']) || undefined;
  throw new StorageError('client/storage-refused', message, { status, retryAfterSeconds });
}

type Stall = ReturnType<typeof watchForStall>;

function toAnswer(response: IncomingMessage, stall: Stall): Answer {
  const { etag, 'content-length': length, 'content-range': range } = response.headers;
  const part = response.statusCode === 206 ? /^bytes (\d+)-\d+\/(\d+)$/.exec(range ?? '') : null;
  const encryption = `${response.headers['x-amz-server-side-encryption'] ?? ''}`;
  const isPlain =
    !encryption.startsWith('aws:kms') &&
    response.headers['x-amz-server-side-encryption-customer-algorithm'] === undefined;
  if (response.statusCode === 206 && !part) {
    response.destroy();
    throw new StorageError('client/storage-refused', 'Storage answered with a part, and did not say which.');
  }
  return {
    etag,
    md5: isPlain ? /^"([0-9a-f]{32})"$/i.exec(etag ?? '')?.[1] : undefined,
    // A server that knows no ranges begins at the beginning.
    start: part ? Number(part[1]) : 0,
    totalBytes: part ? Number(part[2]) : length === undefined ? undefined : Number(length),
    async *chunks() {
      try {
        const chunks: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
        for (;;) {
          // However long the reader takes for a chunk, that is no stall.
          const { done, value } = await stall.watch(chunks.next());
          if (done) return;
          yield value;
        }
      } finally {
        response.destroy();
      }
    },
    close: () => void response.destroy(),
  };
}

function open(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = openRequest(url, { method: 'GET', headers, signal });
    request.on('response', resolve).on('error', reject).end();
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk;
    if (text.length > 65_536) break;
  }
  return text;
}

function watchForStall(stallMs: number) {
  const stalled = new AbortController();
  const { signal } = stalled;
  return {
    signal,
    /** Aborts, and rejects, where the work takes too long. */
    async watch<T>(work: Promise<T>): Promise<T> {
      const timer = setTimeout(() => {
        stalled.abort(new StorageError('client/stalled', `Nothing moved for ${stallMs / 1000} seconds.`));
      }, stallMs);
      try {
        return await work;
      } catch (error) {
        throw signal.aborted ? signal.reason : error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
