import { authorise } from '../auth/authenticate.ts';
import { S3Error } from '../errors/s3-error.ts';
import { assertHeaderText } from '../http/header-text.ts';
import type { Reply } from '../http/reply.ts';
import { checkKeyLength } from '../http/s3-target.ts';
import type { StoredObject } from '../index/store-index.ts';
import { requireBucket } from '../objects/bucket.ts';
import { copyObject } from '../objects/copy-object.ts';
import { readObject } from '../objects/get-object.ts';
import { ObjectReader } from '../objects/object-reader.ts';
import type { StoreDeps } from '../objects/store-deps.ts';
import type { BucketRequest, Operation } from './operation.ts';
import { receiveRequiredDocument } from './receive-body.ts';

const maxCopies = 1000;
const maxFirstBytes = 64 * 1024;
const maxDocumentBytes = 4 * 1024 * 1024;

interface RequestedCopy {
  readonly from: string;
  readonly to: string;
  readonly contentType: string;
  /** Number of first bytes that are answered. */
  readonly firstBytes?: number;
}

/** Answer to one copy: its size in bytes, its entity tag and its first bytes in base64; or the code of its error. */
type CopyAnswer =
  | { readonly sizeBytes: number; readonly etag: string; readonly firstBytes?: string }
  | { readonly error: string };

/**
 * Copies many objects within a bucket, in one commit: an operation of this store alone, for services that seal what was
 * uploaded. Each copy has its own type and no other header, metadata or tags of its source. An object that is at `to`
 * already stays and is the answer, so that a repeated request changes nothing.
 *
 * Body: `{"copies": [{"from": key, "to": key, "contentType": type, "firstBytes"?: n}]}`, 1 to 1,000 of them. Answer:
 * `{"copies": [{"sizeBytes": n, "etag": tag, "firstBytes"?: base64} or {"error": code}]}`, in order.
 */
export const copyObjectsOperation: Operation<BucketRequest> = {
  name: 'CopyObjects',
  access: 'write',
  async run({ store }, request): Promise<Reply> {
    const { bucket } = request.target;
    authorise(request.caller, 'read', bucket);
    requireBucket(store, bucket);
    const requested = readCopies(await receiveRequiredDocument(request, maxDocumentBytes));
    const copies = await Promise.all(requested.map((copy) => copyOnce(store, bucket, copy)));
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { kind: 'bytes', bytes: Buffer.from(JSON.stringify({ copies })) },
    };
  },
};

async function copyOnce(
  store: StoreDeps,
  bucket: string,
  { from, to, contentType, firstBytes = 0 }: RequestedCopy,
): Promise<CopyAnswer> {
  try {
    checkKeyLength(from);
    checkKeyLength(to);
    assertHeaderText('content-type', contentType);
    await copyObject(
      store,
      { bucket, key: to },
      {
        source: { bucket, key: from },
        assertSource: () => {},
        attributes: { headers: { 'content-type': contentType }, metadata: {} },
        tags: [],
        conditions: { ifNoneMatch: '*' },
      },
    ).catch((error: unknown) => {
      if (!(error instanceof S3Error) || error.code !== 'PreconditionFailed') throw error;
    });
    return await answerOf(store, readObject(store, { bucket, key: to }), firstBytes);
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return { error: error.code };
  }
}

async function answerOf(store: StoreDeps, object: StoredObject, count: number): Promise<CopyAnswer> {
  const { sizeBytes, etag } = object.record;
  if (count === 0) return { sizeBytes, etag };
  return { sizeBytes, etag, firstBytes: (await firstBytesOf(store, object, count)).toString('base64') };
}

async function firstBytesOf(
  store: StoreDeps,
  { record, bytes }: StoredObject,
  count: number,
): Promise<Buffer> {
  if (bytes !== undefined) return bytes.subarray(0, count);
  using reader = ObjectReader.open(store, record);
  const chunks: Buffer[] = [];
  // Each chunk is valid until the one after the next.
  for await (const chunk of reader.read({ start: 0, end: Math.min(count, record.sizeBytes) })) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

/** @throws S3Error `InvalidRequest` */
function readCopies(document: Buffer): readonly RequestedCopy[] {
  const copies = parse(document)?.copies;
  if (!Array.isArray(copies) || copies.length === 0 || copies.length > maxCopies || !copies.every(isCopy)) {
    throw new S3Error(
      'InvalidRequest',
      `The body is {"copies": [{"from", "to", "contentType"}]}, with 1 to ${maxCopies} copies.`,
    );
  }
  return copies;
}

function parse(document: Buffer): { readonly copies?: unknown } | undefined {
  try {
    return JSON.parse(document.toString()) as { readonly copies?: unknown } | undefined;
  } catch {
    return undefined;
  }
}

function isCopy(copy: unknown): copy is RequestedCopy {
  if (typeof copy !== 'object' || copy === null) return false;
  const { from, to, contentType, firstBytes = 0 } = copy as Partial<Record<keyof RequestedCopy, unknown>>;
  if (typeof firstBytes !== 'number' || !Number.isInteger(firstBytes)) return false;
  if (firstBytes < 0 || firstBytes > maxFirstBytes) return false;
  return [from, to, contentType].every((text) => typeof text === 'string' && text !== '');
}
