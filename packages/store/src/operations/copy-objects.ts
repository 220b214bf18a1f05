import { authorise } from '../auth/authenticate.ts';
import { S3Error } from '../errors/s3-error.ts';
import { assertHeaderText } from '../http/header-text.ts';
import type { Reply } from '../http/reply.ts';
import { checkKeyLength } from '../http/s3-target.ts';
import type { ObjectRecord } from '../index/records.ts';
import { requireBucket } from '../objects/bucket.ts';
import { copyObject } from '../objects/copy-object.ts';
import { getObject } from '../objects/get-object.ts';
import type { StoreDeps } from '../objects/store-deps.ts';
import type { BucketRequest, Operation } from './operation.ts';
import { receiveRequiredDocument } from './receive-body.ts';

const maxCopies = 1000;
const maxDocumentBytes = 4 * 1024 * 1024;

interface RequestedCopy {
  readonly from: string;
  readonly to: string;
  readonly contentType: string;
}

/** Answer to one copy: its size in bytes and its entity tag; or the code of its error. */
type CopyAnswer = { readonly sizeBytes: number; readonly etag: string } | { readonly error: string };

/**
 * Copies many objects within a bucket, in one commit: an operation of this store alone, for services that seal what was
 * uploaded. Each copy has its own type and no other header, metadata or tags of its source. An object that is at `to`
 * already stays and is the answer, so that a repeated request changes nothing.
 *
 * Body: `{"copies": [{"from": key, "to": key, "contentType": type}]}`, 1 to 1,000 of them. Answer: `{"copies": [{"sizeBytes": n,
 * "etag": tag} or {"error": code}]}`, in order.
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
  { from, to, contentType }: RequestedCopy,
): Promise<CopyAnswer> {
  try {
    checkKeyLength(from);
    checkKeyLength(to);
    assertHeaderText('content-type', contentType);
    return answerOf(
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
      ),
    );
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    if (error.code === 'PreconditionFailed') return answerOf(getObject(store, { bucket, key: to }));
    return { error: error.code };
  }
}

function answerOf({ sizeBytes, etag }: ObjectRecord): CopyAnswer {
  return { sizeBytes, etag };
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
  const { from, to, contentType } = copy as Partial<Record<keyof RequestedCopy, unknown>>;
  return [from, to, contentType].every((text) => typeof text === 'string' && text !== '');
}
