import { S3Error } from '../errors/s3-error.ts';
import { bucketKey, bucketPrefix, readUploadKey } from '../index/keys.ts';
import { boundsOfPrefix } from '../index/table.ts';
import { removeUpload } from './multipart-upload.ts';
import type { StoreDeps } from './store-deps.ts';

/**
 * Deletes a bucket without objects. Uploads that were not completed go with it, as in S3.
 *
 * @throws S3Error `NoSuchBucket`, `BucketNotEmpty`, `InsufficientStorage`, `ServiceUnavailable`
 */
export async function deleteBucket(deps: StoreDeps, bucket: string): Promise<void> {
  deps.health.assertWritable();
  const { tables } = deps.index;
  const within = boundsOfPrefix(bucketPrefix(bucket));
  const forgotten = await deps.health.guard(() =>
    deps.index.mutate((transaction) => {
      if (transaction.get(tables.buckets, bucketKey(bucket)) === undefined) {
        throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket });
      }
      if (transaction.has(tables.objects, within)) {
        throw new S3Error('BucketNotEmpty', undefined, { BucketName: bucket });
      }
      transaction.remove(tables.buckets, bucketKey(bucket));
      return transaction
        .range(tables.uploads, within)
        .flatMap(({ key }) => removeUpload(deps, transaction, { bucket, ...readUploadKey(bucket, key) }));
    }),
  );
  deps.purger.purge(forgotten);
}
