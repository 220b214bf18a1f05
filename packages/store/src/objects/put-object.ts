import { S3Error } from '../errors/s3-error.ts';
import { bucketKey, objectKey } from '../index/keys.ts';
import type { ChecksumRecord, ObjectAttributes, ObjectRecord } from '../index/records.ts';
import { dropObjectReferences } from './blob-references.ts';
import { adoptContent, commitContent, type StagedContent } from './staged-content.ts';
import type { StoreDeps } from './store-deps.ts';
import { checkWriteConditions, type WriteConditions } from './write-conditions.ts';

/** Where an object is. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

interface NewObject {
  readonly staged: StagedContent;
  readonly attributes: ObjectAttributes;
  readonly conditions: WriteConditions;
  readonly checksum?: ChecksumRecord;
}

/**
 * Stores an object in place of what was there. Resolves when it survives power loss.
 *
 * @throws S3Error `NoSuchBucket`, `PreconditionFailed`, `NoSuchKey` (If-Match meets nothing), `InsufficientStorage`,
 *   `ServiceUnavailable`
 */
export async function putObject(
  deps: StoreDeps,
  address: ObjectAddress,
  input: NewObject,
): Promise<ObjectRecord> {
  const { tables } = deps.index;
  const at = objectKey(address.bucket, address.key);
  const { record, forgotten } = await commitContent(deps, input.staged, (transaction) => {
    if (!transaction.exists(tables.buckets, bucketKey(address.bucket))) {
      throw new S3Error('NoSuchBucket', undefined, { BucketName: address.bucket });
    }
    const existing = transaction.get(tables.objects, at);
    checkWriteConditions(input.conditions, existing);
    const content = adoptContent(deps, transaction, input.staged);
    const { headers, metadata, tags } = input.attributes;
    // Required fields first: after a spread V8 would create a new hidden class each time.
    const record: ObjectRecord = {
      headers,
      metadata,
      sizeBytes: content.sizeBytes,
      etag: content.md5,
      modifiedAt: deps.clock().getTime(),
      content,
      ...(tags !== undefined && { tags }),
      ...(input.checksum !== undefined && { checksum: input.checksum }),
    };
    transaction.put(tables.objects, at, record);
    return { record, forgotten: dropObjectReferences(deps, transaction, existing) };
  });
  deps.purger.purge(forgotten);
  return record;
}
