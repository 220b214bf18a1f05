import { S3Error } from '../errors/s3-error.ts';
import { objectKey } from '../index/keys.ts';
import type { Tags } from '../index/records.ts';
import { requireBucket } from './bucket.ts';
import type { ObjectAddress } from './put-object.ts';
import type { StoreDeps } from './store-deps.ts';

/**
 * Replaces the tags of an object. Its other fields and its date stay.
 *
 * @throws S3Error `NoSuchBucket`, `NoSuchKey`, `InsufficientStorage`, `ServiceUnavailable`
 */
export async function tagObject(deps: StoreDeps, address: ObjectAddress, tags: Tags): Promise<void> {
  requireBucket(deps, address.bucket);
  deps.health.assertWritable();
  const { objects } = deps.index.tables;
  const at = objectKey(address.bucket, address.key);
  await deps.health.guard(() =>
    deps.index.mutate((transaction) => {
      const record = transaction.get(objects, at);
      if (record === undefined) throw new S3Error('NoSuchKey', undefined, { Key: address.key });
      const { tags: _, ...untagged } = record;
      transaction.put(objects, at, tags.length === 0 ? untagged : { ...untagged, tags });
    }),
  );
}
