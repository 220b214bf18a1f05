import { Readable } from 'node:stream';
import { StorageError } from '@bkend/storage-contract';
import type { ObjectInfo, ObjectStore, UploadedPart } from '../files/object-store.ts';
import type { Connection } from './connection.ts';
import { abortMultipart, completeMultipart, createMultipart } from './multipart.ts';
import { headObject } from './objects.ts';

type Put = Parameters<ObjectStore['putStream']>[0];
type Written = Pick<ObjectInfo, 'etag' | 'sizeBytes'>;

const MiB = 1024 * 1024;
/** Up to this size the bytes are held in memory, and a failed request is repeated. */
const largestHeld = MiB;
/** Above this size, an object is written in parts. */
const largestWhole = 64 * MiB;
/** S3 allows 10,000 parts. */
const maxParts = 9_500;
const answerTimeoutMs = 30_000;
/** Slower than this, in bytes per second, a request fails. */
const slowest = 64 * 1024;

/** Writes an object: small ones from memory, large ones in parts, the stream read once. */
export async function putStream(connection: Connection, put: Put): Promise<Written> {
  if (put.sizeBytes <= largestHeld) return putHeld(connection, put);
  if (put.sizeBytes <= largestWhole) return putWhole(connection, put);
  return putParts(connection, put);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
async function putHeld(connection: Connection, put: Put): Promise<Written> {
  const { key, contentType, sizeBytes } = put;
  const chunks: Buffer[] = [];
  for await (const chunk of slicesOf(put)(sizeBytes)) chunks.push(chunk);
  const { headers } = await connection.direct.ask({
    method: 'PUT',
    key,
    headers: { 'content-type': contentType },
    body: Buffer.concat(chunks),
    timeoutMs: answerTimeoutMs,
  });
  return writtenOf(headers.etag, sizeBytes);
}

async function putWhole(connection: Connection, put: Put): Promise<Written> {
  const { key: Key, contentType: ContentType, sizeBytes: ContentLength } = put;
  const slice = slicesOf(put);
  const { ETag } = await askWith(slice(ContentLength), (Body, abortSignal) =>
    connection.ask((s3, Bucket) =>
      s3.putObject(
        { Bucket, Key, ContentType, ContentLength, Body },
        { ...timeoutOf(ContentLength), abortSignal },
      ),
    ),
  );
  return writtenOf(ETag, ContentLength);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
async function putParts(connection: Connection, put: Put): Promise<Written> {
  const { key, sizeBytes } = put;
  const multipartId = await createMultipart(connection, put);
  const partBytes = Math.max(largestWhole, Math.ceil(sizeBytes / maxParts));
  const slice = slicesOf(put);
  const parts: UploadedPart[] = [];
  try {
    for (let first = 0; first < sizeBytes; first += partBytes) {
      const ContentLength = Math.min(partBytes, sizeBytes - first);
      const PartNumber = parts.length + 1;
      const { ETag } = await askWith(slice(ContentLength), (Body, abortSignal) =>
        connection.ask((s3, Bucket) =>
          s3.uploadPart(
            { Bucket, Key: key, UploadId: multipartId, PartNumber, ContentLength, Body },
            { ...timeoutOf(ContentLength), abortSignal },
          ),
        ),
      );
      parts.push({ partNumber: PartNumber, etag: ETag ?? '' });
    }
    await completeMultipart(connection, { key, multipartId, parts });
  } catch (error) {
    await abortMultipart(connection, { key, multipartId }).catch(() => undefined);
    throw error;
  }
  const written = await headObject(connection, key);
  return writtenOf(written?.etag, sizeBytes);
}

/** Sends bytes as a stream. An error of the bytes' own ends the request, which would wait for the rest, and is the one thrown. */
async function askWith<T>(
  bytes: AsyncIterable<Buffer>,
  ask: (body: Readable, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const failed = new AbortController();
  const body = Readable.from(bytes, { objectMode: false });
  let failure: { readonly error: unknown } | undefined;
  body.on('error', (error) => {
    failure ??= { error };
    failed.abort();
  });
  try {
    return await ask(body, failed.signal);
  } catch (error) {
    throw failure === undefined ? error : failure.error;
  } finally {
    body.destroy();
  }
}

function timeoutOf(sizeBytes: number) {
  return { requestTimeout: answerTimeoutMs + (sizeBytes / slowest) * 1_000 };
}

/**
 * Cuts a stream: each call yields the next `length` bytes. The last of all are yielded when the stream has ended with them, so that
 * no request is complete whose stream is longer.
 */
function slicesOf({
  body,
  sizeBytes,
}: Pick<Put, 'body' | 'sizeBytes'>): (length: number) => AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let readBytes = 0;
  const read = async () => {
    const next = await chunks.next();
    if (!next.done) rest = Buffer.from(next.value);
    return !next.done;
  };
  return async function* (length) {
    let left = length;
    while (left > 0) {
      if (rest.length === 0) {
        if (!(await read())) throw wrongLength(readBytes, sizeBytes);
        continue;
      }
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      readBytes += part.length;
      const isLast = readBytes === sizeBytes;
      if (isLast && (rest.length > 0 || (await hasMore(read, () => rest)))) {
        throw wrongLength(sizeBytes + 1, sizeBytes);
      }
      yield part;
    }
  };
}

/** Whether anything but empty chunks follows. */
async function hasMore(read: () => Promise<boolean>, rest: () => Buffer): Promise<boolean> {
  while (await read()) if (rest().length > 0) return true;
  return false;
}

function wrongLength(found: number, wanted: number): StorageError {
  const sense = found < wanted ? `ended after ${found}` : 'has more than the';
  return new StorageError(
    'common/unavailable',
    `The source ${sense} of ${wanted} bytes; it changed while it was read.`,
  );
}

function writtenOf(etag: string | undefined, sizeBytes: number): Written {
  if (etag !== undefined) return { etag: etag.replaceAll('"', ''), sizeBytes };
  throw new StorageError('common/unavailable', 'The object store answered without ETag.');
}
