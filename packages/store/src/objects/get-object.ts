import { S3Error } from '../errors/s3-error.ts';
import { idKey, objectKey } from '../index/keys.ts';
import type { Manifest, ObjectRecord } from '../index/records.ts';
import type { StoredObject } from '../index/store-index.ts';
import { requireBucket } from './bucket.ts';
import type { ObjectAddress } from './put-object.ts';
import type { StoreDeps } from './store-deps.ts';

/** @throws S3Error `NoSuchBucket`, `NoSuchKey` */
export function getObject(deps: StoreDeps, address: ObjectAddress): ObjectRecord {
  const { bucket, key } = address;
  return deps.index.tables.objects.get(objectKey(bucket, key)) ?? missing(deps, address);
}

/** The same with the bytes, where the index has them. @throws S3Error `NoSuchBucket`, `NoSuchKey` */
export function readObject(deps: StoreDeps, address: ObjectAddress): StoredObject {
  return deps.index.readObject(address.bucket, address.key) ?? missing(deps, address);
}

function missing(deps: StoreDeps, { bucket, key }: ObjectAddress): never {
  requireBucket(deps, bucket);
  throw new S3Error('NoSuchKey', undefined, { Key: key });
}

/** The parts of an object that came from a multipart upload; undefined for others. */
export function findManifest(deps: StoreDeps, record: ObjectRecord): Manifest | undefined {
  if (!('manifest' in record.content)) return undefined;
  return deps.index.tables.manifests.get(idKey(record.content.manifest)) ?? [];
}
