import { encodePathS3 } from '@bkend/sigv4';
import type { ObjectInfo, ObjectStore, UploadedPart } from '../files/object-store.ts';
import { checkBucket } from './bucket.ts';
import type { Connection } from './connection.ts';
import { type CopyManners, noManners, probeCopies } from './copy-manners.ts';
import type { DirectAnswer, DirectCall } from './direct-calls.ts';
import { abortMultipart, completeMultipart, createMultipart, type MultipartRef } from './multipart.ts';
import { headObject } from './objects.ts';

type Copy = Parameters<ObjectStore['copy']>[0];
type Copied = Awaited<ReturnType<ObjectStore['copy']>>;

type UnseenCopy = Omit<Copy, 'source'>;

export type Copier = Pick<ObjectStore, 'copy' | 'copyUnseen' | 'warmUp'>;

const MiB = 1024 * 1024;
/** Above this, a store that moves the bytes takes long enough for a connection in between to be given up. */
const largestWhole = 64 * MiB;
const partBytes = 64 * MiB;
const partsAtOnce = 4;
const copyTimeoutMs = 120_000;

/**
 * Copies objects within the bucket. What is said of a copy is so: where the store was seen to heed conditions and to
 * answer with the ETag that the copy has, that answer; else what it says of the copy when it is asked.
 * @param known what needs no finding out: a store of our own moves no bytes, so that it copies any object whole
 */
export function createCopier(connection: Connection, known?: CopyManners): Copier {
  let probing: Promise<CopyManners> | undefined;
  const manners = async () => {
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
      return copyWhole(connection, copy, await manners().catch(() => noManners));
    },
    ...(known?.answersItsSize && { copyUnseen: (copy: UnseenCopy) => copyUnseen(connection, copy) }),
    async warmUp() {
      await Promise.all([checkBucket(connection), manners()]);
    },
  };
}

/**
 * Where conditions are not heeded it is asked once: of two copies the first could arrive last, with other bytes.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
 */
async function copyWhole(connection: Connection, copy: Copy, manners: CopyManners): Promise<Copied> {
  const { honoursConditions, answersItsEtag } = manners;
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

/**
 * Only where nothing is yet: however often it is asked, and however late the first asking arrives, what is there once stays.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
async function copyUnseen(
  connection: Connection,
  copy: UnseenCopy,
): Promise<Pick<ObjectInfo, 'etag' | 'sizeBytes'> | undefined> {
  const CopySource = encodePathS3(`${connection.bucket}/${copy.from}`);
  const answer = await connection.direct.ask(
    callOf(copy, { 'x-amz-copy-source': CopySource, 'if-none-match': '*' }),
    {
      NoSuchKey: () => undefined,
      // An earlier asking, whose answer was lost, has made it.
      PreconditionFailed: () => 'made' as const,
    },
  );
  if (answer === undefined) return undefined;
  const etag = answer === 'made' ? undefined : etagOf(answer);
  const size = answer === 'made' ? undefined : answer.headers[sizeHeader];
  if (etag !== undefined && typeof size === 'string') return { etag, sizeBytes: Number(size) };
  const info = await infoOfCopy(connection, copy.to);
  return info === 'source-changed' ? undefined : info;
}

/** As S3 names it in answers to writes that lengthen an object; our store says it of copies too. */
const sizeHeader = 'x-amz-object-size';

/** The copy has our own headers, and none of its source. */
function callOf({ to, contentType }: UnseenCopy, conditions: Readonly<Record<string, string>>): DirectCall {
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
  const workers = await Promise.allSettled(Array.from({ length: partsAtOnce }, work));
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

function sourceOf(bucket: string, { from, source }: Copy) {
  return { CopySource: encodePathS3(`${bucket}/${from}`), CopySourceIfMatch: `"${source.etag}"` };
}

/** Another object is in its place, none any more, or one that has no such range. */
const changed = {
  PreconditionFailed: () => 'source-changed' as const,
  NoSuchKey: () => 'source-changed' as const,
  NotFound: () => 'source-changed' as const,
  OperationAborted: () => 'source-changed' as const,
  InvalidRange: () => 'source-changed' as const,
};

/** A copy that is gone already was purged, as the copy of an attempt that took too long is. */
async function infoOfCopy(connection: Connection, key: string): Promise<Copied> {
  const info: ObjectInfo | undefined = await headObject(connection, key);
  return info === undefined ? 'source-changed' : { etag: info.etag, sizeBytes: info.sizeBytes };
}
