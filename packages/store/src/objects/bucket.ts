import { S3Error } from '../errors/s3-error.ts';
import { bucketKey } from '../index/keys.ts';
import type { BucketRecord, Tags } from '../index/records.ts';
import type { StoreDeps } from './store-deps.ts';

/** @throws S3Error `NoSuchBucket` */
export function requireBucket(deps: StoreDeps, bucket: string): BucketRecord {
  const record = deps.index.tables.buckets.get(bucketKey(bucket));
  if (record === undefined) throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket });
  return record;
}

/**
 * @param tags of a new one
 * @returns whether it is new
 * @throws S3Error `InvalidBucketName`, `InsufficientStorage`, `ServiceUnavailable`
 */
export async function createBucket(deps: StoreDeps, bucket: string, tags: Tags = []): Promise<boolean> {
  assertBucketName(bucket);
  deps.health.assertWritable();
  const { buckets } = deps.index.tables;
  return await deps.health.guard(() =>
    deps.index.mutate((transaction) => {
      if (transaction.get(buckets, bucketKey(bucket)) !== undefined) return false;
      const createdAt = deps.clock().getTime();
      transaction.put(buckets, bucketKey(bucket), { createdAt, ...(tags.length > 0 && { tags }) });
      return true;
    }),
  );
}

/** @throws S3Error `NoSuchBucket`, `InsufficientStorage`, `ServiceUnavailable` */
export async function changeBucket(
  deps: StoreDeps,
  bucket: string,
  change: (record: BucketRecord) => BucketRecord,
): Promise<void> {
  deps.health.assertWritable();
  const { buckets } = deps.index.tables;
  await deps.health.guard(() =>
    deps.index.mutate((transaction) => {
      const record = transaction.get(buckets, bucketKey(bucket));
      if (record === undefined) throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket });
      transaction.put(buckets, bucketKey(bucket), change(record));
    }),
  );
}

/**
 * S3's naming rules, minus those that only keep names unique over the whole of AWS.
 *
 * @throws S3Error `InvalidBucketName`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export function assertBucketName(bucket: string): void {
  const isValid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket) &&
    !/\.\.|\.-|-\./.test(bucket) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(bucket);
  if (!isValid) throw new S3Error('InvalidBucketName', undefined, { BucketName: bucket });
}
