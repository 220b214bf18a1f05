import { S3Error } from '../errors/s3-error.ts';
import { bucketKey, isId, newId, partKey, uploadKey } from '../index/keys.ts';
import type {
  ChecksumRecord,
  Content,
  ObjectAttributes,
  PartRecord,
  UploadRecord,
} from '../index/records.ts';
import type { Transaction } from '../index/transaction.ts';
import { addReference, dropReference } from './blob-references.ts';
import { requireBucket } from './bucket.ts';
import type { ObjectAddress } from './put-object.ts';
import { adoptContent, commitContent, type StagedContent } from './staged-content.ts';
import type { StoreDeps } from './store-deps.ts';

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
  input: { readonly attributes: ObjectAttributes } & Pick<UploadRecord, 'checksum' | 'maxBytes'>,
): Promise<string> {
  requireBucket(deps, address.bucket);
  deps.health.assertWritable();
  // An id begins with the time, so uploads of one key are listed oldest first.
  const uploadId = newId();
  await deps.health.guard(() =>
    deps.index.mutate((transaction) => {
      // The bucket may have been deleted since the check.
      if (transaction.get(deps.index.tables.buckets, bucketKey(address.bucket)) === undefined) {
        throw new S3Error('NoSuchBucket', undefined, { BucketName: address.bucket });
      }
      transaction.put(deps.index.tables.uploads, uploadKey(address.bucket, address.key, uploadId), {
        ...input.attributes,
        initiatedAt: deps.clock().getTime(),
        ...(input.checksum !== undefined && { checksum: input.checksum }),
        ...(input.maxBytes !== undefined && { maxBytes: input.maxBytes, partBytes: 0 }),
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

interface NewPart {
  readonly partNumber: number;
  readonly staged: StagedContent;
  readonly checksum?: Omit<ChecksumRecord, 'type'>;
}

interface SharedPart {
  readonly partNumber: number;
  /** Content of an existing object. */
  readonly content: Content;
}

/**
 * Stores a part, in place of an earlier one with its number.
 *
 * @throws S3Error `NoSuchUpload`, `EntityTooLarge`, `InsufficientStorage`, `ServiceUnavailable`
 */
export async function putPart(deps: StoreDeps, address: UploadAddress, input: NewPart): Promise<PartRecord> {
  const { part, forgotten } = await commitContent(deps, input.staged, (transaction) =>
    replacePart(deps, transaction, {
      address,
      ...input,
      sizeBytes: input.staged.content.sizeBytes,
      content: () => adoptContent(deps, transaction, input.staged),
    }),
  );
  deps.purger.purge(forgotten);
  return part;
}

/**
 * Stores a part with the content of an object, which is not moved.
 *
 * @throws S3Error `NoSuchUpload`, `EntityTooLarge`, `OperationAborted` when the object has just gone, `InsufficientStorage`,
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
        sizeBytes: input.content.sizeBytes,
        content: () => addReference(deps, transaction, input.content),
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
    readonly sizeBytes: number;
    readonly content: () => Content;
    readonly checksum?: PartRecord['checksum'];
  },
): { part: PartRecord; forgotten: string[] } {
  const { parts } = deps.index.tables;
  const upload = requireUpload(deps, input.address, transaction);
  const { bucket, key, uploadId } = input.address;
  const at = partKey(uploadId, input.partNumber);
  const existing = transaction.get(parts, at);
  if (upload.maxBytes !== undefined) {
    const partBytes = bytesWith(upload, existing, input.sizeBytes);
    transaction.put(deps.index.tables.uploads, uploadKey(bucket, key, uploadId), { ...upload, partBytes });
  }
  const part: PartRecord = {
    partNumber: input.partNumber,
    content: input.content(),
    modifiedAt: deps.clock().getTime(),
    ...(input.checksum !== undefined && { checksum: input.checksum }),
  };
  transaction.put(parts, at, part);
  return {
    part,
    forgotten: existing === undefined ? [] : dropReference(deps, transaction, existing.content),
  };
}

/**
 * The bytes that a part may have, so that no more are read. Concurrent parts are judged again when they are stored.
 *
 * @param upload as `getUpload` returns it
 */
export function roomForPart(
  deps: StoreDeps,
  { maxBytes = Number.POSITIVE_INFINITY, partBytes = 0 }: UploadRecord,
  part: { readonly uploadId: string; readonly partNumber: number },
): number {
  const existing = deps.index.tables.parts.get(partKey(part.uploadId, part.partNumber));
  return maxBytes - partBytes + (existing?.content.sizeBytes ?? 0);
}

/** Bytes of an upload's parts with one more, in place of an earlier one. @throws S3Error `EntityTooLarge` */
function bytesWith(
  { maxBytes = Number.POSITIVE_INFINITY, partBytes = 0 }: UploadRecord,
  existing: PartRecord | undefined,
  sizeBytes: number,
): number {
  const bytes = partBytes - (existing?.content.sizeBytes ?? 0) + sizeBytes;
  if (bytes <= maxBytes) return bytes;
  throw new S3Error('EntityTooLarge', 'The parts of this upload are larger together than it may be.', {
    ProposedSize: String(bytes),
    MaxSizeAllowed: String(maxBytes),
  });
}

/**
 * Removes an upload and its parts.
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
    return dropReference(deps, transaction, value.content);
  });
}

export function boundsOfParts(uploadId: string, after = 0): { readonly start: Buffer; readonly end: Buffer } {
  return { start: partKey(uploadId, after), end: partKey(uploadId, 0xffff) };
}

/** Up to `limit` parts of an upload in ascending order, beginning behind number `after`. */
export function listParts(
  deps: StoreDeps,
  uploadId: string,
  page: { readonly after: number; readonly limit: number },
): { readonly parts: readonly PartRecord[]; readonly isTruncated: boolean } {
  const bounds = { ...boundsOfParts(uploadId, page.after + 1), limit: page.limit + 1 };
  const parts = [...deps.index.tables.parts.range(bounds)].map(({ value }) => value);
  return { parts: parts.slice(0, page.limit), isTruncated: parts.length > page.limit };
}
