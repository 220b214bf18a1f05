import { setTimeout as sleep } from 'node:timers/promises';
import { type Storage, StorageError } from '@bkend/storage';
import { backOffSeconds, defaultRetryPolicy } from '@bkend/storage/node-http';
import { type Answer, requestBytes } from './request-bytes.ts';

const stallMs = 30_000;

/** The local side of a download failed, which a retry cannot help. Its cause is the system error. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
}

/** Receives the bytes of a file in order. */
export interface Sink {
  /** Bytes received so far. */
  readonly sizeBytes: number;
  /** @throws WriteError */
  write(bytes: Uint8Array): Promise<void>;
  /** Drops everything after the first `sizeBytes`; absent where output cannot be taken back. */
  rewind?(sizeBytes: number): Promise<void>;
}

export interface FetchBytesRequest {
  readonly fileId: string;
  /** Size in the file's record. */
  readonly sizeBytes: number;
  readonly sink: Sink;
  /** ETag of the bytes that the sink already has. */
  readonly etag: string | undefined;
  readonly signal: AbortSignal;
  /** Called with the ETag of each response before its first byte is written. */
  readonly onEtag: (etag: string | undefined) => Promise<void>;
  readonly onProgress: (bytes: number) => void;
}

/**
 * Fetches the bytes that a sink does not have yet. After a broken or stalled connection it resumes (Range, RFC 9110 section 14),
 * of the same representation only (If-Match, section 13.1.1): a file that has changed is fetched from its beginning.
 * @returns the last response, which describes the whole file
 * @throws `client/checksum-mismatch` where the object store has another number of bytes, `client/network`, `client/stalled`,
 *   `client/storage-refused`, `client/source-changed`, WriteError
 */
export async function fetchBytes(storage: Storage, request: FetchBytesRequest): Promise<Answer> {
  const { fileId, sink, signal } = request;
  let { etag } = request;
  let url: string | undefined;
  let failures = 0;
  for (;;) {
    const start = sink.sizeBytes;
    const isFresh = url === undefined;
    try {
      url ??= (await storage.downloadUrl(fileId, { disposition: 'attachment', signal })).url;
      const answer = await requestBytes(url, { start, etag: start > 0 ? etag : undefined, signal, stallMs });
      if (answer) {
        etag = answer.etag;
        await receive(answer, request);
        return answer;
      }
      await rewind(sink, 0);
    } catch (thrown) {
      if (signal.aborted || thrown instanceof WriteError) throw thrown;
      const error = toStorageError(thrown);
      const isExpired = error.status === 403 && !isFresh;
      if (isExpired) url = undefined;
      else if (!error.retryable) throw error;
      failures = sink.sizeBytes > start ? 1 : failures + 1;
      if (failures >= defaultRetryPolicy.tries) throw error;
      if (isExpired) continue;
      const pauseSeconds = backOffSeconds(defaultRetryPolicy, failures, error.retryAfterSeconds);
      await sleep(pauseSeconds * 1000, undefined, { signal });
    }
  }
}

async function receive(answer: Answer, { sizeBytes, sink, onEtag, onProgress }: FetchBytesRequest) {
  try {
    if (answer.totalBytes !== undefined && answer.totalBytes !== sizeBytes) {
      throw otherSize(answer.totalBytes, sizeBytes);
    }
    if (answer.start !== sink.sizeBytes) await rewind(sink, 0);
    if (answer.start !== sink.sizeBytes) {
      throw new StorageError('client/storage-refused', 'The object store sent another range than requested.');
    }
    await onEtag(answer.etag);
    for await (const chunk of answer.chunks()) {
      if (sink.sizeBytes + chunk.length > sizeBytes) throw otherSize('more', sizeBytes);
      await sink.write(chunk);
      onProgress(sink.sizeBytes);
    }
  } finally {
    answer.close();
  }
  if (sink.sizeBytes < sizeBytes) {
    throw new StorageError('client/network', `Only ${sink.sizeBytes} of ${sizeBytes} bytes arrived.`);
  }
}

async function rewind(sink: Sink, sizeBytes: number): Promise<void> {
  if (sink.sizeBytes === sizeBytes) return;
  if (sink.rewind) return sink.rewind(sizeBytes);
  const message =
    'The file changed while it was downloaded, and the output already written cannot be taken back.';
  throw new StorageError('client/source-changed', message);
}

function otherSize(found: number | 'more', expected: number): StorageError {
  const message = `The object store has ${found} bytes of the file, and its record says ${expected}.`;
  return new StorageError('client/checksum-mismatch', message);
}

function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StorageError('client/network', `The connection failed: ${message}.`, { cause: error });
}
