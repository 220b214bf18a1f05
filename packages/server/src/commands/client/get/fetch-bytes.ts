import { setTimeout as sleep } from 'node:timers/promises';
import { type Storage, StorageError } from '@bkend/storage';
import { type Answer, requestBytes } from './request-bytes.ts';
import { WriteError } from './write-error.ts';

const maxFailures = 6;
const firstDelayMs = 500;
const maxDelayMs = 30_000;
const stallMs = 30_000;

/** Where the bytes of a file go, in order. */
export interface Sink {
  /** Bytes of it that are there. */
  readonly sizeBytes: number;
  /** @throws WriteError */
  write(bytes: Uint8Array): Promise<void>;
  /** Takes back everything but the first `sizeBytes`; undefined for what cannot be taken back. */
  rewind?(sizeBytes: number): Promise<void>;
}

export interface FetchBytesRequest {
  readonly fileId: string;
  /** Of the file's record. */
  readonly sizeBytes: number;
  readonly sink: Sink;
  /** Of the bytes that the sink has already. */
  readonly etag: string | undefined;
  readonly signal: AbortSignal;
  /** Called with the answer's ETag before the first of its bytes is written. */
  readonly onEtag: (etag: string | undefined) => Promise<void>;
  readonly onProgress: (bytes: number) => void;
}

/**
 * Fetches what a sink does not have yet. Where a connection breaks or stalls, it goes on from there (Range, RFC 9110 section
 * 14), of the same representation only (If-Match, section 13.1.1): what changed meanwhile is fetched from its beginning.
 * @returns the last answer, which describes the whole
 * @throws `client/checksum-mismatch` where storage has another number of bytes, `client/network`, `client/stalled`,
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
      url ??= (await storage.downloadUrl(fileId, { signal })).url;
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
      if (failures >= maxFailures) throw error;
      const ceilingMs = isExpired ? 0 : Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 1));
      const askedMs = (error.retryAfterSeconds ?? 0) * 1000;
      await sleep(askedMs + Math.random() * ceilingMs, undefined, { signal });
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
      throw new StorageError(
        'client/storage-refused',
        'Storage answered with another part than was asked for.',
      );
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
    throw new StorageError('client/network', `Only ${sink.sizeBytes} of ${sizeBytes} bytes came.`);
  }
}

async function rewind(sink: Sink, sizeBytes: number): Promise<void> {
  if (sink.sizeBytes === sizeBytes) return;
  if (sink.rewind) return sink.rewind(sizeBytes);
  const message = 'The file changed while it was read, and what has been written cannot be taken back.';
  throw new StorageError('client/source-changed', message);
}

function otherSize(found: number | 'more', expected: number): StorageError {
  const message = `Storage has ${found} bytes of the file, and its record says ${expected}.`;
  return new StorageError('client/checksum-mismatch', message);
}

function toStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StorageError('client/network', `The connection failed: ${message}.`, { cause: error });
}
