import { requireBucket } from '../objects/bucket.ts';
import { getObject } from '../objects/get-object.ts';
import { S3Error, type S3ErrorCode } from '../objects/s3-error.ts';
import { privateAcl } from './acl-operations.ts';
import type { BucketRequest, ObjectRequest, Operation } from './operation.ts';
import { emptyReply, type Reply, xmlReply } from './reply.ts';
import type { XmlNode } from './xml.ts';

/**
 * Sub-resources of a bucket that this store has no use for, and what their GET answers: an error of their own, or a document
 * that says "nothing set". Clients ask for many of them unbidden.
 */
const bucketDefaults: Readonly<Record<string, S3ErrorCode | XmlNode>> = {
  accelerate: ['AccelerateConfiguration', ''],
  acl: privateAcl(),
  encryption: 'ServerSideEncryptionConfigurationNotFoundError',
  lifecycle: 'NoSuchLifecycleConfiguration',
  logging: ['BucketLoggingStatus', ''],
  notification: ['NotificationConfiguration', ''],
  'object-lock': 'ObjectLockConfigurationNotFoundError',
  ownershipControls: 'OwnershipControlsNotFoundError',
  policy: 'NoSuchBucketPolicy',
  policyStatus: 'NoSuchBucketPolicy',
  publicAccessBlock: 'NoSuchPublicAccessBlockConfiguration',
  replication: 'ReplicationConfigurationNotFoundError',
  requestPayment: ['RequestPaymentConfiguration', [['Payer', 'BucketOwner']]],
  versioning: ['VersioningConfiguration', ''],
  website: 'NoSuchWebsiteConfiguration',
};

const objectDefaults: Readonly<Record<string, S3ErrorCode | XmlNode>> = {
  acl: privateAcl(),
};

/** Settings that may be removed though they were never made. */
export const removableBucketSubresources = [
  'encryption',
  'lifecycle',
  'ownershipControls',
  'policy',
  'publicAccessBlock',
  'replication',
  'website',
];

/** Everything S3 knows behind the `?` of a bucket or an object, beyond what is implemented. */
export const bucketSubresources = [
  ...Object.keys(bucketDefaults),
  'abac',
  'analytics',
  'intelligent-tiering',
  'inventory',
  'metadataAnnotationTable',
  'metadataConfiguration',
  'metadataInventoryTable',
  'metadataJournalTable',
  'metadataTable',
  'metrics',
  'session',
];
export const objectSubresources = [
  ...Object.keys(objectDefaults),
  'annotation',
  'encryption',
  'legal-hold',
  'renameObject',
  'restore',
  'retention',
  'select',
  'torrent',
];

export function getBucketDefault(name: string): Operation<BucketRequest> {
  return {
    name: `GetBucket(${name})`,
    access: 'read',
    run({ store }, { target }) {
      requireBucket(store, target.bucket);
      return answer(bucketDefaults[name], { BucketName: target.bucket });
    },
  };
}

/** Where nothing is configured, nothing is left of it. */
export const deleteBucketDefaultOperation: Operation<BucketRequest> = {
  name: 'DeleteBucketDefault',
  access: 'manage',
  run({ store }, { target }) {
    requireBucket(store, target.bucket);
    return emptyReply(204);
  },
};

export function getObjectDefault(name: string): Operation<ObjectRequest> {
  return {
    name: `GetObject(${name})`,
    access: 'read',
    run({ store }, { target }) {
      getObject(store, target);
      return answer(objectDefaults[name], { Key: target.key });
    },
  };
}

/** What S3 says of locks on objects in a bucket that has none. */
export const getObjectLockOperation: Operation<ObjectRequest> = {
  name: 'GetObjectLock',
  access: 'read',
  run({ store }, { target }) {
    getObject(store, target);
    throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  },
};

export const notImplementedOperation: Operation = {
  name: 'NotImplemented',
  access: 'read',
  run() {
    throw new S3Error('NotImplemented');
  },
};

function answer(preset: S3ErrorCode | XmlNode | undefined, details: Record<string, string>): Reply {
  if (preset === undefined) throw new S3Error('NotImplemented');
  if (typeof preset === 'string') throw new S3Error(preset, undefined, details);
  return xmlReply(preset);
}
