import type { IncomingMessage } from 'node:http';
import { StorageError } from '@bkend/storage';
import { openRequest, parseRetryAfter } from '@bkend/storage/node-http';

export interface BytesRequest {
  /** Offset of the first byte to request. */
  readonly start: number;
  /** Requests the representation with this ETag only. */
  readonly etag: string | undefined;
  readonly signal: AbortSignal;
  /** Silence of the server after which the request fails. */
  readonly stallMs: number;
}

/** A response with bytes of a file. */
export interface Answer {
  readonly etag: string | undefined;
  /** In hex, where the ETag is an MD5 (S3 API reference, "Object": single PUT, not encrypted with a KMS or client key). */
  readonly md5: string | undefined;
  /** Offset of the first byte in the response. */
  readonly start: number;
  /** Size of the whole file, where the server sends it. */
  readonly totalBytes: number | undefined;
  chunks(): AsyncGenerator<Uint8Array>;
  /** Ends the response, read or not. */
  close(): void;
}

/**
 * Requests stored bytes by a presigned URL. Not by fetch, which would decode a Content-Encoding.
 * @returns undefined where that representation does not exist any more
 * @throws StorageError, or the error of the connection
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
  // A file without this range is shorter than before.
  if (start > 0 && (status === 412 || status === 416)) return undefined;
  const s3Code = /<Code>([^<]*)/.exec(text)?.[1] ?? '';
  const message = `The object store refused (${[status, s3Code].filter(Boolean).join(', ')}).`;
  const retryAfterSeconds = parseRetryAfter(response.headers['retry-after']);
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
    throw new StorageError('client/storage-refused', 'The object store sent a range without saying which.');
  }
  return {
    etag,
    md5: isPlain ? /^"([0-9a-f]{32})"$/i.exec(etag ?? '')?.[1] : undefined,
    // A server without support for ranges sends the whole file.
    start: part ? Number(part[1]) : 0,
    totalBytes: part ? Number(part[2]) : length === undefined ? undefined : Number(length),
    async *chunks() {
      try {
        const chunks: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
        for (;;) {
          // A slow reader is not a stall.
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
    /** Aborts the request and rejects where the work takes longer than `stallMs`. */
    async watch<T>(work: Promise<T>): Promise<T> {
      const timer = setTimeout(() => {
        stalled.abort(new StorageError('client/stalled', `No bytes arrived for ${stallMs / 1000} seconds.`));
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
