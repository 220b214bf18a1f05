import { S3Error } from '../errors/s3-error.ts';
import { ownerId } from './acl.ts';
import type { S3Request } from './operation.ts';

/** Headers that ask for something the store does not do, each with the value that asks for nothing. */
const unsupported: readonly (readonly [name: string, nothing?: string])[] = [
  ['x-amz-server-side-encryption'],
  ['x-amz-server-side-encryption-aws-kms-key-id'],
  ['x-amz-server-side-encryption-customer-algorithm'],
  ['x-amz-server-side-encryption-customer-key'],
  ['x-amz-copy-source-server-side-encryption-customer-algorithm'],
  ['x-amz-object-lock-mode'],
  ['x-amz-object-lock-retain-until-date'],
  ['x-amz-object-lock-legal-hold', 'OFF'],
  ['x-amz-bucket-object-lock-enabled', 'false'],
  ['x-amz-object-ownership', 'BucketOwnerEnforced'],
  ['x-amz-grant-full-control'],
  ['x-amz-grant-read'],
  ['x-amz-grant-read-acp'],
  ['x-amz-grant-write'],
  ['x-amz-grant-write-acp'],
  ['x-amz-write-offset-bytes'],
];

const cannedAcls: ReadonlySet<string> = new Set([
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'log-delivery-write',
]);

/** All of them are kept alike. */
const storageClasses: ReadonlySet<string> = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'GLACIER_IR',
  'DEEP_ARCHIVE',
]);

/**
 * Refuses a write that asks for more than it would get: ignoring a request for encryption or a lock would break a promise.
 * Canned ACLs are ignored, because clients send them by default and everything stays private.
 *
 * @throws S3Error `NotImplemented`, `InvalidArgument` for an unknown ACL, `InvalidStorageClass`
 */
export function assertSupportedHeaders(request: Pick<S3Request, 'header'>): void {
  for (const [name, nothing] of unsupported) {
    const value = request.header(name);
    if (value !== undefined && value !== nothing) {
      throw new S3Error('NotImplemented', undefined, { Header: name });
    }
  }
  const acl = request.header('x-amz-acl');
  if (acl !== undefined && !cannedAcls.has(acl)) {
    throw new S3Error('InvalidArgument', undefined, { ArgumentName: 'x-amz-acl', ArgumentValue: acl });
  }
  const storageClass = request.header('x-amz-storage-class');
  if (storageClass !== undefined && !storageClasses.has(storageClass)) {
    throw new S3Error('InvalidStorageClass', undefined, { StorageClassRequested: storageClass });
  }
}

/**
 * Refuses a read with encryption headers, since no object here is encrypted.
 *
 * @throws S3Error `InvalidRequest`
 */
export function assertUnencrypted(request: Pick<S3Request, 'sentHeader'>): void {
  for (const name of ['x-amz-server-side-encryption', 'x-amz-server-side-encryption-customer-algorithm']) {
    if (request.sentHeader(name) === undefined) continue;
    throw new S3Error('InvalidRequest', 'The encryption parameters are not applicable to this object.', {
      Header: name,
    });
  }
}

/**
 * Refuses a request for a bucket of another owner.
 *
 * @throws S3Error `AccessDenied`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
 */
export function assertExpectedOwner(request: Pick<S3Request, 'header'>): void {
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner']) {
    if ((request.header(name) ?? ownerId) !== ownerId) throw new S3Error('AccessDenied');
  }
}
