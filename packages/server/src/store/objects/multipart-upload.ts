import { newBlobId } from '../disk/blob-id.ts';
import { bucketKey, isId, partKey, uploadKey } from '../index/keys.ts';
import type {
  ChecksumRecord,
  Content,
  ObjectAttributes,
  PartRecord,
  UploadRecord,
} from '../index/records.ts';
import type { Transaction } from '../index/transaction.ts';
import { requireBucket } from './bucket.ts';
import type { StoreDeps } from './deps.ts';
import type { ObjectAddress } from './put-object.ts';
import { releaseContent } from './release-content.ts';
import { S3Error } from './s3-error.ts';
import { shareContent } from './share-content.ts';
import { adoptContent, commitContent, type StagedContent } from './staged-content.ts';

export interface UploadAddress extends ObjectAddress {
  readonly uploadId: string;
}

/**
 * @returns the upload id
 * @throws S3Error `NoSuchBucket`, `InsufficientStorage`, `ServiceUnavailable`
 */
export async function createUpload(
  deps: StoreDeps,
  address: ObjectAddress,
  input: { readonly attributes: ObjectAttributes; readonly checksum?: UploadRecord['checksum'] },
): Promise<string> {
  requireBucket(deps, address.bucket);
  deps.health.assertWritable();
  // Begins with the time, so that uploads of one key are listed oldest first.
  const uploadId = newBlobId();
  await deps.health.guard(() =>
    deps.index.mutate((transaction) => {
      // It may have been deleted since it was looked for.
      if (transaction.get(deps.index.tables.buckets, bucketKey(address.bucket)) === undefined) {
        throw new S3Error('NoSuchBucket', undefined, { BucketName: address.bucket });
      }
      transaction.put(deps.index.tables.uploads, uploadKey(address.bucket, address.key, uploadId), {
        ...input.attributes,
        initiatedAt: deps.clock().getTime(),
        ...(input.checksum !== undefined && { checksum: input.checksum }),
      });
    }),
  );
  return uploadId;
}

/** @throws S3Error `NoSuchBucket`, `NoSuchUpload` */
export function getUpload(deps: StoreDeps, address: UploadAddress): UploadRecord {
  requireBucket(deps, address.bucket);
  return requireUpload(deps, address, deps.index.tables.uploads);
}

/** @throws S3Error `NoSuchUpload` */
export function requireUpload(
  deps: StoreDeps,
  address: UploadAddress,
  source: { get(key: Buffer): UploadRecord | undefined } | Transaction,
): UploadRecord {
  const { bucket, key, uploadId } = address;
  if (isId(uploadId)) {
    const at = uploadKey(bucket, key, uploadId);
    const { uploads } = deps.index.tables;
    const record = 'put' in source ? source.get(uploads, at) : source.get(at);
    if (record !== undefined) return record;
  }
  throw new S3Error('NoSuchUpload', undefined, { UploadId: uploadId });
}

export interface NewPart {
  readonly partNumber: number;
  readonly staged: StagedContent;
  readonly checksum?: Omit<ChecksumRecord, 'type'>;
}

export interface SharedPart {
  readonly partNumber: number;
  /** Of an object that is there. */
  readonly content: Content;
}

/**
 * Stores a part, in place of an earlier one with its number.
 *
 * @throws S3Error `NoSuchUpload`, `InsufficientStorage`, `ServiceUnavailable`
 */
export async function putPart(deps: StoreDeps, address: UploadAddress, input: NewPart): Promise<PartRecord> {
  const { part, forgotten } = await commitContent(deps, input.staged, (transaction) =>
    replacePart(deps, transaction, {
      address,
      ...input,
      content: () => adoptContent(deps, transaction, input.staged),
    }),
  );
  deps.purger.purge(forgotten);
  return part;
}

/**
 * The same with the bytes of an object, which are not moved.
 *
 * @throws S3Error `NoSuchUpload`, `OperationAborted` when the object has just gone, `InsufficientStorage`,
 *   `ServiceUnavailable`
 */
export async function sharePart(
  deps: StoreDeps,
  address: UploadAddress,
  input: SharedPart,
): Promise<PartRecord> {
  deps.health.assertWritable();
  const { part, forgotten } = await deps.health.guard(() =>
    deps.index.mutate((transaction) =>
      replacePart(deps, transaction, {
        address,
        partNumber: input.partNumber,
        content: () => shareContent(deps, transaction, input.content),
      }),
    ),
  );
  deps.purger.purge(forgotten);
  return part;
}

function replacePart(
  deps: StoreDeps,
  transaction: Transaction,
  input: {
    readonly address: UploadAddress;
    readonly partNumber: number;
    readonly content: () => Content;
    readonly checksum?: PartRecord['checksum'];
  },
): { part: PartRecord; forgotten: string[] } {
  const { parts } = deps.index.tables;
  requireUpload(deps, input.address, transaction);
  const at = partKey(input.address.uploadId, input.partNumber);
  const existing = transaction.get(parts, at);
  const part: PartRecord = {
    partNumber: input.partNumber,
    content: input.content(),
    modifiedAt: deps.clock().getTime(),
    ...(input.checksum !== undefined && { checksum: input.checksum }),
  };
  transaction.put(parts, at, part);
  return {
    part,
    forgotten: existing === undefined ? [] : releaseContent(deps, transaction, existing.content),
  };
}

/**
 * Forgets an upload and its parts.
 *
 * @throws S3Error `NoSuchBucket`, `NoSuchUpload`, `InsufficientStorage`, `ServiceUnavailable`
 */
export async function abortUpload(deps: StoreDeps, address: UploadAddress): Promise<void> {
  requireBucket(deps, address.bucket);
  deps.health.assertWritable();
  const forgotten = await deps.health.guard(() =>
    deps.index.mutate((transaction) => {
      requireUpload(deps, address, transaction);
      return removeUpload(deps, transaction, address);
    }),
  );
  deps.purger.purge(forgotten);
}

/** Forgets an upload that is there, as part of a larger change; returns the files that nothing refers to any more. */
export function removeUpload(deps: StoreDeps, transaction: Transaction, address: UploadAddress): string[] {
  const { tables } = deps.index;
  transaction.remove(tables.uploads, uploadKey(address.bucket, address.key, address.uploadId));
  const parts = transaction.range(tables.parts, boundsOfParts(address.uploadId));
  return parts.flatMap(({ key, value }) => {
    transaction.remove(tables.parts, key);
    return releaseContent(deps, transaction, value.content);
  });
}

export function boundsOfParts(uploadId: string, after = 0): { readonly start: Buffer; readonly end: Buffer } {
  return { start: partKey(uploadId, after), end: partKey(uploadId, 0xffff) };
}
