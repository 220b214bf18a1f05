import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { StorageError } from '@bkend/storage-contract';
import type { ObjectInfo, StartedObject, WantedBytes } from '../files/object-store.ts';
import type { Connection } from './connection.ts';

/** Timeout until the store begins its answer. */
const answerTimeoutMs = 10_000;

const absent = { NoSuchKey: () => undefined, NotFound: () => undefined };

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export async function headObject(connection: Connection, key: string): Promise<ObjectInfo | undefined> {
  const head = await connection.direct.ask({ method: 'HEAD', key, timeoutMs: answerTimeoutMs }, absent);
  if (head === undefined) return undefined;
  const { headers } = head;
  const length = headers['content-length'];
  const modified = headers['last-modified'];
  return infoOf(
    {
      ContentType: headers['content-type'],
      ETag: headers.etag,
      LastModified: modified === undefined ? undefined : new Date(modified),
    },
    length === undefined ? undefined : Number(length),
  );
}

/**
 * HEAD and the first bytes by one request. The range of an empty object cannot be satisfied (RFC 9110 section 14.1.2).
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export async function headWithFirstBytes(
  connection: Connection,
  key: string,
  count: number,
): Promise<StartedObject | undefined> {
  const answer = await connection.direct.ask(
    {
      method: 'GET',
      key,
      headers: { range: `bytes=0-${count - 1}` },
      timeoutMs: answerTimeoutMs,
      maxBytes: count,
    },
    { ...absent, InvalidRange: () => 'empty' as const },
  );
  if (answer === 'empty') {
    const info = await headObject(connection, key);
    return info && { ...info, firstBytes: new Uint8Array() };
  }
  if (answer === undefined) return undefined;
  const { headers, body } = answer;
  const sizeBytes = totalOf(headers['content-range']) ?? Number(headers['content-length'] ?? Number.NaN);
  if (Number.isNaN(sizeBytes)) throw incomplete('Content-Length');
  if (headers.etag === undefined) throw incomplete('ETag');
  return { sizeBytes, etag: headers.etag.replaceAll('"', ''), firstBytes: Buffer.from(body, 'latin1') };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export async function getObject(
  connection: Connection,
  key: string,
  { range, etag }: WantedBytes = {},
): Promise<{ info: ObjectInfo; body: Readable } | undefined> {
  const Range = range && `bytes=${range.first}-${range.last}`;
  const IfMatch = etag && `"${etag}"`;
  const answer = await connection.ask(
    (s3, Bucket) => s3.getObject({ Bucket, Key: key, ...(Range && { Range }), ...(IfMatch && { IfMatch }) }),
    {
      ...absent,
      PreconditionFailed: () => {
        throw overwritten();
      },
    },
  );
  if (answer === undefined) return undefined;
  if (answer.Body === undefined) throw incomplete('Body');
  // On Node the SDK returns the response itself; its type also has the types of browsers.
  const body = answer.Body as typeof answer.Body & Readable;
  const info = infoOf(answer, totalOf(answer.ContentRange) ?? answer.ContentLength);
  // Not every store honours the condition.
  if (etag !== undefined && info.etag !== etag) {
    body.destroy();
    throw overwritten();
  }
  return { info, body };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export async function putObject(
  connection: Connection,
  { key, contentType, body }: { readonly key: string; readonly contentType: string; readonly body: string },
): Promise<void> {
  await connection.ask((s3, Bucket) =>
    s3.putObject({ Bucket, Key: key, ContentType: contentType, Body: body }),
  );
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject(connection: Connection, key: string): Promise<void> {
  await connection.direct.ask({ method: 'DELETE', key, timeoutMs: answerTimeoutMs }, absent);
}

/**
 * For the embedded store, which removes them in one commit. Others differ in the digest that they require of this request, and in
 * whether they have it at all.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
 */
export async function deleteObjectsTogether(connection: Connection, keys: readonly string[]): Promise<void> {
  const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
  const { Errors = [] } = await connection.ask((s3, Bucket) => s3.deleteObjects({ Bucket, Delete }));
  const [first] = Errors;
  if (first === undefined) return;
  throw new StorageError(
    'common/unavailable',
    `The object store kept ${Errors.length} of ${keys.length} objects: ${first.Code}.`,
  );
}

/** The size of the whole, from `bytes 0-9/1234` (RFC 9110 §14.4). */
function totalOf(contentRange: string | undefined): number | undefined {
  const total = contentRange?.match(/\/(\d+)$/)?.[1];
  return total === undefined ? undefined : Number(total);
}

function infoOf(
  answer: Pick<GetObjectCommandOutput, 'ContentType' | 'ETag' | 'LastModified'>,
  sizeBytes: number | undefined,
): ObjectInfo {
  const { ContentType = 'application/octet-stream', ETag, LastModified } = answer;
  if (sizeBytes === undefined) throw incomplete('Content-Length');
  if (ETag === undefined) throw incomplete('ETag');
  if (LastModified === undefined) throw incomplete('Last-Modified');
  return {
    sizeBytes,
    contentType: ContentType,
    etag: ETag.replaceAll('"', ''),
    lastModified: LastModified,
  };
}

function overwritten(): StorageError {
  return new StorageError('common/unavailable', 'The stored bytes are not those that were registered.');
}

function incomplete(what: string): StorageError {
  return new StorageError('common/unavailable', `The object store answered without ${what}.`);
}
