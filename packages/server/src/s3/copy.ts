import { encodePathS3 } from '@bkend/sigv4';
import { StorageError } from '@bkend/storage-contract';
import { batch } from '../batch.ts';
import type { ObjectInfo, ObjectStore, UploadedPart } from '../files/object-store.ts';
import { checkBucket } from './bucket.ts';
import type { Connection } from './connection.ts';
import { type CopyCapabilities, noCapabilities, probeCopies } from './copy-capabilities.ts';
import type { DirectAnswer, DirectCall } from './direct-calls.ts';
import { abortMultipart, completeMultipart, createMultipart, type MultipartRef } from './multipart.ts';
import { headObject } from './objects.ts';

type Copy = Parameters<ObjectStore['copy']>[0];
type Copied = Awaited<ReturnType<ObjectStore['copy']>>;

type CopyWithoutHead = Parameters<NonNullable<ObjectStore['copyWithoutHead']>>[0];

export interface Copier extends Pick<ObjectStore, 'copy' | 'copyWithoutHead'> {
  /** Loads the client and probes the store, which the first call would otherwise wait for. @throws `common/unavailable` */
  warmUp(): Promise<void>;
}

const MiB = 1024 * 1024;
/** Above this size, a store that moves the bytes takes long enough for a proxy to end the connection. */
const largestWhole = 64 * MiB;
const partBytes = 64 * MiB;
const maxConcurrentParts = 4;
/** Copies of one request to the embedded store, which takes at most 1,000. */
const maxCopiesTogether = 100;
const copyTimeoutMs = 120_000;

/**
 * Copies objects into the bucket. Size and ETag are those of the copy: from the answer, where the store honours conditions and
 * answers with the copy's ETag; else from a HEAD of the copy.
 * @param known capabilities that need no probe: the embedded store moves no bytes, so that it copies any object whole
 */
export function createCopier(connection: Connection, known?: CopyCapabilities): Copier {
  let probing: Promise<CopyCapabilities> | undefined;
  const capabilities = async () => {
    if (known !== undefined) return known;
    probing ??= probeCopies(connection).catch((error) => {
      probing = undefined;
      throw error;
    });
    return probing;
  };
  return {
    async copy(copy) {
      if (known === undefined && copy.source.sizeBytes > largestWhole) return copyInParts(connection, copy);
      return copyWhole(connection, copy, await capabilities().catch(() => noCapabilities));
    },
    ...(known?.copiesTogether && {
      copyWithoutHead: copyingTogether(connection),
    }),
    async warmUp() {
      await Promise.all([checkBucket(connection), capabilities()]);
    },
  };
}

/**
 * Where conditions are not honoured, the request is sent once: of two, the first could arrive last, with other bytes.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
async function copyWhole(
  connection: Connection,
  copy: Copy,
  capabilities: CopyCapabilities,
): Promise<Copied> {
  const { honoursConditions, answersItsEtag } = capabilities;
  const { CopySource, CopySourceIfMatch } = sourceOf(connection.bucket, copy);
  const answer = await connection.direct.ask(
    {
      ...callOf(copy, { 'x-amz-copy-source': CopySource, 'x-amz-copy-source-if-match': CopySourceIfMatch }),
      isOnce: !honoursConditions,
    },
    changed,
  );
  if (answer === 'source-changed') return answer;
  const etag = etagOf(answer);
  const isCertain = answersItsEtag && (honoursConditions || etag === copy.source.etag);
  if (isCertain && etag !== undefined) return { etag, sizeBytes: copy.source.sizeBytes };
  return infoOfCopy(connection, copy.to);
}

/** Answer of the embedded store to one of many copies. */
type CopyAnswer =
  | (Pick<ObjectInfo, 'sizeBytes' | 'etag'> & { readonly firstBytes?: string })
  | { readonly error: string };

function copyingTogether(connection: Connection): NonNullable<ObjectStore['copyWithoutHead']> {
  const copyWithOthers = batch({
    maxItems: maxCopiesTogether,
    maxInFlight: 4,
    run: (copies: readonly CopyWithoutHead[]) => copyTogether(connection, copies),
    isOneItemsFault: () => false,
  });
  return async (copy) => {
    const answer = await copyWithOthers(copy);
    if (!('error' in answer)) {
      const { sizeBytes, etag, firstBytes = '' } = answer;
      return { sizeBytes, etag, firstBytes: Buffer.from(firstBytes, 'base64') };
    }
    if (answer.error === 'NoSuchKey') return undefined;
    throw new StorageError('common/unavailable', `The object store made no copy: ${answer.error}.`);
  };
}

/**
 * Copies many objects by one request, of an operation that the embedded store alone has. Each only where there is no object
 * yet: a repeated or late request changes nothing.
 * @returns an answer to each copy, in order
 */
async function copyTogether(
  connection: Connection,
  copies: readonly CopyWithoutHead[],
): Promise<readonly CopyAnswer[]> {
  const { body } = await connection.direct.ask({
    method: 'POST',
    key: '',
    query: 'bkend-copies',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ copies })),
    timeoutMs: copyTimeoutMs,
  });
  // The answer of our own store.
  return (JSON.parse(body) as { readonly copies: readonly CopyAnswer[] }).copies;
}

/** The copy has our own headers, and none of its source's. */
function callOf(
  { to, contentType }: Pick<Copy, 'to' | 'contentType'>,
  conditions: Readonly<Record<string, string>>,
): DirectCall {
  return {
    method: 'PUT',
    key: to,
    headers: {
      'content-type': contentType,
      ...conditions,
      'x-amz-metadata-directive': 'REPLACE',
      'x-amz-tagging-directive': 'REPLACE',
    },
    timeoutMs: copyTimeoutMs,
  };
}

function etagOf({ body }: DirectAnswer): string | undefined {
  return /<ETag>(?:&quot;|&#34;|")?([^<&"]+)/.exec(body)?.[1];
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/CopyingObjectsMPUapi.html */
async function copyInParts(connection: Connection, copy: Copy): Promise<Copied> {
  const multipartId = await createMultipart(connection, { key: copy.to, contentType: copy.contentType });
  const upload = { key: copy.to, multipartId };
  try {
    const parts = await copyParts(connection, upload, copy);
    if (parts === 'source-changed') {
      await abortMultipart(connection, upload);
      return parts;
    }
    await completeMultipart(connection, { ...upload, parts });
  } catch (error) {
    await abortMultipart(connection, upload).catch(() => undefined);
    throw error;
  }
  return infoOfCopy(connection, copy.to);
}

async function copyParts(
  connection: Connection,
  upload: MultipartRef,
  copy: Copy,
): Promise<UploadedPart[] | 'source-changed'> {
  const { sizeBytes } = copy.source;
  const parts: UploadedPart[] = [];
  const waiting = Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => index);
  let hasChanged = false;
  const work = async () => {
    for (let index = waiting.shift(); index !== undefined && !hasChanged; index = waiting.shift()) {
      const first = index * partBytes;
      const last = Math.min(first + partBytes, sizeBytes) - 1;
      const etag = await copyPart(connection, upload, { copy, partNumber: index + 1, first, last });
      if (etag === 'source-changed') hasChanged = true;
      else parts[index] = { partNumber: index + 1, etag };
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: maxConcurrentParts }, work));
  const failed = workers.find((worker) => worker.status === 'rejected');
  if (failed) throw failed.reason;
  return hasChanged ? 'source-changed' : parts;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
async function copyPart(
  connection: Connection,
  { key, multipartId }: MultipartRef,
  part: { copy: Copy; partNumber: number; first: number; last: number },
): Promise<string> {
  return connection.ask(async (s3, Bucket) => {
    const input = {
      ...sourceOf(Bucket, part.copy),
      Bucket,
      Key: key,
      UploadId: multipartId,
      PartNumber: part.partNumber,
      CopySourceRange: `bytes=${part.first}-${part.last}`,
    };
    const { CopyPartResult } = await s3.uploadPartCopy(input, { requestTimeout: copyTimeoutMs });
    return CopyPartResult?.ETag ?? '';
  }, changed);
}

function sourceOf(bucket: string, { from, fromBucket = bucket, source }: Copy) {
  return { CopySource: encodePathS3(`${fromBucket}/${from}`), CopySourceIfMatch: `"${source.etag}"` };
}

/** The source is another object, gone, or shorter than the range. */
const changed = {
  PreconditionFailed: () => 'source-changed' as const,
  NoSuchKey: () => 'source-changed' as const,
  NotFound: () => 'source-changed' as const,
  OperationAborted: () => 'source-changed' as const,
  InvalidRange: () => 'source-changed' as const,
};

/** A copy that is gone was purged, as that of an attempt which took too long. */
async function infoOfCopy(connection: Connection, key: string): Promise<Copied> {
  const info: ObjectInfo | undefined = await headObject(connection, key);
  return info === undefined ? 'source-changed' : { etag: info.etag, sizeBytes: info.sizeBytes };
}
