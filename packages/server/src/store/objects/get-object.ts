import { idKey, objectKey } from '../index/keys.ts';
import type { Manifest, ObjectRecord } from '../index/records.ts';
import { requireBucket } from './bucket.ts';
import type { StoreDeps } from './deps.ts';
import type { ObjectAddress } from './put-object.ts';
import { S3Error } from './s3-error.ts';

/** @throws S3Error `NoSuchBucket`, `NoSuchKey` */
export function getObject(deps: StoreDeps, address: ObjectAddress): ObjectRecord {
  const record = deps.index.tables.objects.get(objectKey(address.bucket, address.key));
  if (record !== undefined) return record;
  requireBucket(deps, address.bucket);
  throw new S3Error('NoSuchKey', undefined, { Key: address.key });
}

/** The parts of an object that came from a multipart upload; undefined for others. */
export function findManifest(deps: StoreDeps, record: ObjectRecord): Manifest | undefined {
  if (!('manifest' in record.content)) return undefined;
  return deps.index.tables.manifests.get(idKey(record.content.manifest)) ?? [];
}
