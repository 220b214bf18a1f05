import { createHash } from 'node:crypto';
import { matchesWeakly, quoteEtag } from '@bkend/http';
import { S3Error } from '../errors/s3-error.ts';
import { bucketKey, idKey, newId, objectKey, uploadKey } from '../index/keys.ts';
import type { ChecksumRecord, ObjectRecord, PartRecord, UploadRecord } from '../index/records.ts';
import type { Transaction } from '../index/transaction.ts';
import { dropObjectReferences, dropReference } from './blob-references.ts';
import { boundsOfParts, requireUpload, type UploadAddress } from './multipart-upload.ts';
import type { StoreDeps } from './store-deps.ts';
import { checkWriteConditions, type WriteConditions } from './write-conditions.ts';

/** A part in the list of CompleteMultipartUpload. */
export interface NamedPart {
  readonly partNumber: number;
  readonly etag: string;
  /** Base64; present if the client repeated it. */
  readonly checksum?: string;
}

/** A listed part and its record. */
export interface ChosenPart {
  readonly named: NamedPart;
  readonly part: PartRecord;
}

interface Completion {
  /** In ascending order of number. */
  readonly parts: readonly NamedPart[];
  readonly conditions: WriteConditions;
  /** Computes the checksum of the object from those of its parts; may throw. */
  readonly checksumOf: (upload: UploadRecord, parts: readonly ChosenPart[]) => ChecksumRecord | undefined;
  /** Size of the object as the client announced it; absent when it did not. */
  readonly sizeBytes?: number;
}

/** All parts but the last must have this size. */
const minPartBytes = 5 * 1024 * 1024;

/**
 * Completes a multipart upload without moving a byte. Repeated after success, it gives the same answer.
 *
 * @throws S3Error `NoSuchBucket`, `NoSuchUpload`, `InvalidPart`, `EntityTooSmall`, `InvalidRequest`, `PreconditionFailed`,
 *   `NoSuchKey` (If-Match meets nothing), `InsufficientStorage`, `ServiceUnavailable`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export async function completeUpload(
  deps: StoreDeps,
  address: UploadAddress,
  completion: Completion,
): Promise<ObjectRecord> {
  deps.health.assertWritable();
  const { record, forgotten } = await deps.health.guard(() =>
    deps.index.mutate((transaction) => {
      const { bucket, key, uploadId } = address;
      if (transaction.get(deps.index.tables.buckets, bucketKey(bucket)) === undefined) {
        throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket });
      }
      const existing = transaction.get(deps.index.tables.objects, objectKey(bucket, key));
      if (existing?.uploadId === uploadId) return { record: existing, forgotten: [] };
      const upload = requireUpload(deps, address, transaction);
      checkWriteConditions(completion.conditions, existing);
      return assemble(deps, transaction, { address, completion, upload, existing });
    }),
  );
  deps.purger.purge(forgotten);
  return record;
}

function assemble(
  deps: StoreDeps,
  transaction: Transaction,
  input: {
    readonly address: UploadAddress;
    readonly completion: Completion;
    readonly upload: UploadRecord;
    readonly existing: ObjectRecord | undefined;
  },
): { record: ObjectRecord; forgotten: string[] } {
  const { address, completion, upload, existing } = input;
  const { tables } = deps.index;
  const uploaded = transaction.range(tables.parts, boundsOfParts(address.uploadId)).map(({ value }) => value);
  const pairs = chooseParts(completion.parts, uploaded);
  const chosen = pairs.map(({ part }) => part);
  const sizeBytes = chosen.reduce((sum, part) => sum + part.content.sizeBytes, 0);
  if (completion.sizeBytes !== undefined && completion.sizeBytes !== sizeBytes) {
    throw new S3Error('InvalidRequest', 'The size of the object differs from x-amz-mp-object-size.');
  }
  const checksum = completion.checksumOf(upload, pairs);
  const manifest = newId();
  const record: ObjectRecord = {
    headers: upload.headers,
    metadata: upload.metadata,
    ...(upload.tags !== undefined && { tags: upload.tags }),
    sizeBytes,
    etag: multipartEtag(chosen),
    modifiedAt: deps.clock().getTime(),
    content: { manifest, partCount: chosen.length },
    uploadId: address.uploadId,
    ...(checksum !== undefined && { checksum }),
  };
  const forgotten = dropObjectReferences(deps, transaction, existing);
  transaction.put(tables.objects, objectKey(address.bucket, address.key), record);
  transaction.put(tables.manifests, idKey(manifest), chosen);
  transaction.remove(tables.uploads, uploadKey(address.bucket, address.key, address.uploadId));
  const kept = new Set(chosen.map((part) => part.partNumber));
  for (const { key, value } of transaction.range(tables.parts, boundsOfParts(address.uploadId))) {
    transaction.remove(tables.parts, key);
    if (!kept.has(value.partNumber)) forgotten.push(...dropReference(deps, transaction, value.content));
  }
  return { record, forgotten };
}

function chooseParts(named: readonly NamedPart[], uploaded: readonly PartRecord[]): ChosenPart[] {
  const byNumber = new Map(uploaded.map((part) => [part.partNumber, part]));
  const chosen = named.map((each) => {
    const { partNumber, etag, checksum } = each;
    const part = byNumber.get(partNumber);
    const isSame =
      part !== undefined &&
      matchesWeakly(etag, quoteEtag(part.content.md5)) &&
      (checksum === undefined || checksum === part.checksum?.value);
    if (!isSame) throw new S3Error('InvalidPart', undefined, { PartNumber: String(partNumber), ETag: etag });
    return { named: each, part };
  });
  for (const { part } of chosen.slice(0, -1)) {
    if (part.content.sizeBytes < minPartBytes) {
      throw new S3Error('EntityTooSmall', undefined, {
        ProposedSize: String(part.content.sizeBytes),
        MinSizeAllowed: String(minPartBytes),
        PartNumber: String(part.partNumber),
        ETag: part.content.md5,
      });
    }
  }
  return chosen;
}

/** The MD5 of the parts' MD5s, and how many there are. */
function multipartEtag(parts: readonly PartRecord[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part.content.md5, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}
