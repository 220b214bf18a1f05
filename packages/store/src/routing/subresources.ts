import { S3Error, type S3ErrorCode } from '../errors/s3-error.ts';
import { emptyReply, type Reply, xmlReply } from '../http/reply.ts';
import type { XmlNode } from '../http/xml.ts';
import { requireBucket } from '../objects/bucket.ts';
import { getObject } from '../objects/get-object.ts';
import { privateAcl, putBucketAclOperation, putObjectAclOperation } from '../operations/acl.ts';
import { getBucketLocationOperation } from '../operations/buckets.ts';
import { uploadPartCopyOperation } from '../operations/copies.ts';
import { copyObjectsOperation } from '../operations/copy-objects.ts';
import {
  deleteBucketCorsOperation,
  getBucketCorsOperation,
  putBucketCorsOperation,
} from '../operations/cors-configuration.ts';
import { deleteObjectsOperation } from '../operations/delete-objects.ts';
import { getObjectAttributesOperation } from '../operations/get-object-attributes.ts';
import { listObjectVersionsOperation } from '../operations/lists/list-object-versions.ts';
import { listUploadsOperation } from '../operations/multipart/list-multipart-uploads.ts';
import { listPartsOperation } from '../operations/multipart/list-parts.ts';
import {
  abortUploadOperation,
  completeUploadOperation,
  createUploadOperation,
  uploadPartOperation,
} from '../operations/multipart/multipart-uploads.ts';
import type { BucketRequest, ObjectRequest, Operation } from '../operations/operation.ts';
import {
  deleteBucketTaggingOperation,
  deleteObjectTaggingOperation,
  getBucketTaggingOperation,
  getObjectTaggingOperation,
  putBucketTaggingOperation,
  putObjectTaggingOperation,
} from '../operations/tagging.ts';

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

/** A subresource of a bucket or of an object. A method that has no operation is answered with `NotImplemented`. */
export interface Subresource<R extends BucketRequest> {
  readonly operations?: Readonly<Partial<Record<Method, Operation<R>>>>;
  /** Used instead of that of PUT when the request has `x-amz-copy-source`. */
  readonly copy?: Operation<R>;
  /** Answer to GET where the store has no such setting: S3's error code, or the document for "nothing set". */
  readonly whenUnset?: S3ErrorCode | XmlNode;
  /** DELETE succeeds, as it does in S3 for a setting that was never made. */
  readonly isRemovable?: true;
}

interface SubresourceEntry {
  /** Absent: buckets have no such subresource. */
  readonly bucket?: Subresource<BucketRequest>;
  /** Absent: objects have no such subresource. */
  readonly object?: Subresource<ObjectRequest>;
}

const onBuckets = (bucket: Subresource<BucketRequest> = {}): SubresourceEntry => ({ bucket });
const onObjects = (object: Subresource<ObjectRequest> = {}): SubresourceEntry => ({ object });

/** Answer to a GET of a lock on an object whose bucket has no object lock. */
const getObjectLockOperation: Operation<ObjectRequest> = {
  name: 'GetObjectLock',
  access: 'read',
  run({ store }, { target }) {
    getObject(store, target);
    throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  },
};

/**
 * Every subresource in the S3 API reference, and one of this store alone: the query parameters that name a part of a bucket or of an object. Routing, the answers
 * for settings that the store does not have, and the refusal of a subresource in the wrong scope all come from this table.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export const subresources: Readonly<Record<string, SubresourceEntry>> = {
  abac: onBuckets(),
  accelerate: onBuckets({ whenUnset: ['AccelerateConfiguration', ''] }),
  acl: {
    bucket: { operations: { PUT: putBucketAclOperation }, whenUnset: privateAcl() },
    object: { operations: { PUT: putObjectAclOperation }, whenUnset: privateAcl() },
  },
  analytics: onBuckets(),
  annotation: onObjects(),
  attributes: onObjects({ operations: { GET: getObjectAttributesOperation } }),
  /** Not of S3: copies of many objects by one request. */
  'bkend-copies': onBuckets({ operations: { POST: copyObjectsOperation } }),
  cors: onBuckets({
    operations: {
      GET: getBucketCorsOperation,
      PUT: putBucketCorsOperation,
      DELETE: deleteBucketCorsOperation,
    },
  }),
  delete: onBuckets({ operations: { POST: deleteObjectsOperation } }),
  encryption: {
    bucket: { whenUnset: 'ServerSideEncryptionConfigurationNotFoundError', isRemovable: true },
    object: {},
  },
  'intelligent-tiering': onBuckets(),
  inventory: onBuckets(),
  'legal-hold': onObjects({ operations: { GET: getObjectLockOperation } }),
  lifecycle: onBuckets({ whenUnset: 'NoSuchLifecycleConfiguration', isRemovable: true }),
  location: onBuckets({ operations: { GET: getBucketLocationOperation } }),
  logging: onBuckets({ whenUnset: ['BucketLoggingStatus', ''] }),
  metadataAnnotationTable: onBuckets(),
  metadataConfiguration: onBuckets(),
  metadataInventoryTable: onBuckets(),
  metadataJournalTable: onBuckets(),
  metadataTable: onBuckets(),
  metrics: onBuckets(),
  notification: onBuckets({ whenUnset: ['NotificationConfiguration', ''] }),
  'object-lock': onBuckets({ whenUnset: 'ObjectLockConfigurationNotFoundError' }),
  ownershipControls: onBuckets({ whenUnset: 'OwnershipControlsNotFoundError', isRemovable: true }),
  policy: onBuckets({ whenUnset: 'NoSuchBucketPolicy', isRemovable: true }),
  policyStatus: onBuckets({ whenUnset: 'NoSuchBucketPolicy' }),
  publicAccessBlock: onBuckets({ whenUnset: 'NoSuchPublicAccessBlockConfiguration', isRemovable: true }),
  renameObject: onObjects(),
  replication: onBuckets({ whenUnset: 'ReplicationConfigurationNotFoundError', isRemovable: true }),
  requestPayment: onBuckets({ whenUnset: ['RequestPaymentConfiguration', [['Payer', 'BucketOwner']]] }),
  restore: onObjects(),
  retention: onObjects({ operations: { GET: getObjectLockOperation } }),
  select: onObjects(),
  session: onBuckets(),
  tagging: {
    bucket: {
      operations: {
        GET: getBucketTaggingOperation,
        PUT: putBucketTaggingOperation,
        DELETE: deleteBucketTaggingOperation,
      },
    },
    object: {
      operations: {
        GET: getObjectTaggingOperation,
        PUT: putObjectTaggingOperation,
        DELETE: deleteObjectTaggingOperation,
      },
    },
  },
  torrent: onObjects(),
  uploadId: onObjects({
    operations: {
      GET: listPartsOperation,
      PUT: uploadPartOperation,
      POST: completeUploadOperation,
      DELETE: abortUploadOperation,
    },
    copy: uploadPartCopyOperation,
  }),
  uploads: {
    bucket: { operations: { GET: listUploadsOperation } },
    object: { operations: { POST: createUploadOperation } },
  },
  versioning: onBuckets({ whenUnset: ['VersioningConfiguration', ''] }),
  versions: onBuckets({ operations: { GET: listObjectVersionsOperation } }),
  website: onBuckets({ whenUnset: 'NoSuchWebsiteConfiguration', isRemovable: true }),
};

/** Query parameters that may stand without a value and change how an operation answers, but name no part of anything. */
const options: ReadonlySet<string> = new Set([
  'bucket-region',
  'continuation-token',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'key-marker',
  'list-type',
  'marker',
  'max-buckets',
  'max-keys',
  'max-parts',
  'max-uploads',
  'part-number-marker',
  'partNumber',
  'prefix',
  'start-after',
  'upload-id-marker',
  'version-id-marker',
  'versionId',
  'x-id',
]);

/**
 * Finds the subresource that a query names.
 *
 * @param query decoded, as in `RequestTarget`
 * @returns its name; undefined when the request is for the bucket or the object itself
 * @throws S3Error `NotImplemented` for a parameter without a value that S3's reference does not have: it may name a subresource of a
 *   later version, and to ignore it would read, overwrite or delete the whole object; `InvalidArgument` for two subresources
 */
export function findSubresource(query: ReadonlyMap<string, string>): string | undefined {
  let found: string | undefined;
  for (const [name, value] of query) {
    if (!Object.hasOwn(subresources, name)) {
      if (value !== '' || isOption(name)) continue;
      throw new S3Error('NotImplemented', undefined, { Parameter: name });
    }
    if (found !== undefined) {
      throw new S3Error('InvalidArgument', `Conflicting query string parameters: ${found}, ${name}`, {
        ArgumentName: 'ResourceType',
        ArgumentValue: name,
      });
    }
    found = name;
  }
  return found;
}

/** Headers of presigned requests may stand in the URL as well. */
function isOption(name: string): boolean {
  return options.has(name) || name.startsWith('response-') || name.toLowerCase().startsWith('x-amz-');
}

/** Answers GET for a setting that the store does not have. */
export function getDefaultOperation(name: string, preset: S3ErrorCode | XmlNode): Operation<BucketRequest> {
  return {
    name: `Get(${name})`,
    access: 'read',
    run({ store }, { target }) {
      const { bucket, key } = target;
      if (key === undefined) requireBucket(store, bucket);
      else getObject(store, { bucket, key });
      return answerPreset(preset, key === undefined ? { BucketName: bucket } : { Key: key });
    },
  };
}

/** Answers DELETE for a setting that was never made. */
export const deleteUnsetOperation: Operation<BucketRequest> = {
  name: 'DeleteBucketDefault',
  access: 'manage',
  run({ store }, { target }) {
    requireBucket(store, target.bucket);
    return emptyReply(204);
  },
};

export const notImplementedOperation: Operation = {
  name: 'NotImplemented',
  access: 'read',
  run() {
    throw new S3Error('NotImplemented');
  },
};

function answerPreset(preset: S3ErrorCode | XmlNode, details: Record<string, string>): Reply {
  if (typeof preset === 'string') throw new S3Error(preset, undefined, details);
  return xmlReply(preset);
}
