import { S3Error } from '../errors/s3-error.ts';
import { bucketKey, objectKey } from '../index/keys.ts';
import type { ChecksumRecord, ObjectAttributes, ObjectRecord, Tags } from '../index/records.ts';
import { addObjectReferences, dropObjectReferences } from './blob-references.ts';
import type { ObjectAddress } from './put-object.ts';
import type { StoreDeps } from './store-deps.ts';
import { checkWriteConditions, type WriteConditions } from './write-conditions.ts';

export interface Copy {
  readonly source: ObjectAddress;
  /** Throws for a source that must not be copied. Called with the version that is copied, in the copy's own transaction. */
  readonly assertSource: (source: ObjectRecord) => void;
  /** The version to copy, where something of the copy was computed from its content. */
  readonly boundTo?: ObjectRecord;
  /** Replace those of the source. */
  readonly attributes?: Omit<ObjectAttributes, 'tags'>;
  /** Redirect for browsers; that of the source is not copied. */
  readonly redirectLocation?: string;
  /** Instead of the source's; empty for none. */
  readonly tags?: Tags;
  /** Replace those of the source. */
  readonly checksum?: ChecksumRecord;
  readonly conditions: WriteConditions;
}

/**
 * Creates an object with the content of another, without moving it. It keeps the entity tag too, also that of a multipart
 * object, since its bytes are still in the same parts.
 *
 * @throws S3Error `NoSuchBucket`, `NoSuchKey`, `PreconditionFailed`, `OperationAborted` when the source it is bound to has just
 *   been replaced, `InsufficientStorage`, `ServiceUnavailable`; and what `assertSource` throws
 */
export async function copyObject(deps: StoreDeps, address: ObjectAddress, copy: Copy): Promise<ObjectRecord> {
  deps.health.assertWritable();
  const { tables } = deps.index;
  const at = objectKey(address.bucket, address.key);
  const { record, forgotten } = await deps.health.guard(() =>
    deps.index.mutate((transaction) => {
      if (transaction.get(tables.buckets, bucketKey(address.bucket)) === undefined) {
        throw new S3Error('NoSuchBucket', undefined, { BucketName: address.bucket });
      }
      const source = transaction.get(tables.objects, objectKey(copy.source.bucket, copy.source.key));
      if (source === undefined) throw new S3Error('NoSuchKey', undefined, { Key: copy.source.key });
      copy.assertSource(source);
      if (copy.boundTo !== undefined && !isSameContent(source, copy.boundTo)) {
        throw new S3Error('OperationAborted');
      }
      const existing = transaction.get(tables.objects, at);
      checkWriteConditions(copy.conditions, existing);
      const { headers, metadata } = copy.attributes ?? inherit(source, copy.redirectLocation);
      const tags = copy.tags ?? source.tags ?? [];
      const checksum = copy.checksum ?? source.checksum;
      const record: ObjectRecord = {
        headers,
        metadata,
        ...(tags.length > 0 && { tags }),
        sizeBytes: source.sizeBytes,
        etag: source.etag,
        modifiedAt: deps.clock().getTime(),
        content: addObjectReferences(deps, transaction, source),
        ...(checksum !== undefined && { checksum }),
      };
      transaction.put(tables.objects, at, record);
      // After the new reference: a copy onto itself must not drop its last reference in between.
      return { record, forgotten: dropObjectReferences(deps, transaction, existing) };
    }),
  );
  deps.purger.purge(forgotten);
  return record;
}

const redirectHeader = 'x-amz-website-redirect-location';

function inherit(source: ObjectRecord, redirectLocation: string | undefined): Omit<ObjectAttributes, 'tags'> {
  const { [redirectHeader]: _, ...headers } = source.headers;
  const { metadata } = source;
  if (redirectLocation === undefined) return { headers, metadata };
  return { headers: { ...headers, [redirectHeader]: redirectLocation }, metadata };
}

/** Whether both have the same content: every write gives its content a new location, except zero bytes. */
function isSameContent(a: ObjectRecord, b: ObjectRecord): boolean {
  return JSON.stringify(a.content) === JSON.stringify(b.content);
}
