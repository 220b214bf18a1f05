import { S3Error } from '../errors/s3-error.ts';
import { childrenOf, readXml, textOf, type XmlElement } from '../http/read-xml.ts';
import { emptyReply, xmlReply } from '../http/reply.ts';
import type { XmlNode } from '../http/xml.ts';
import type { Tags } from '../index/records.ts';
import { boundsOfPrefix } from '../index/table.ts';
import { createBucket, requireBucket } from '../objects/bucket.ts';
import { deleteBucket } from '../objects/delete-bucket.ts';
import { owner } from './acl.ts';
import type { BucketRequest, Operation, S3Request } from './operation.ts';
import { readCount } from './parameters.ts';
import { receiveDocument } from './receive-body.ts';
import { maxBucketTags, readTagSet } from './tags.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html */
export const listBucketsOperation: Operation = {
  name: 'ListBuckets',
  access: 'read',
  run({ store, region }, request) {
    const { query } = request.target;
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token');
    const limit = readMaxBuckets(request);
    const buckets: XmlNode[] = [];
    let last: string | undefined;
    let isTruncated = false;
    // No bucket has a longer name or another region.
    const isNowhere = prefix.length > 63 || (query.get('bucket-region') ?? region) !== region;
    const found = isNowhere ? [] : store.index.tables.buckets.range(boundsOfPrefix(Buffer.from(prefix)));
    for (const { key, value } of found) {
      const name = key.toString();
      if (after !== undefined && name <= after) continue;
      // A key for one bucket sees no others.
      if (request.caller.bucket !== undefined && request.caller.bucket !== name) continue;
      isTruncated = buckets.length >= limit;
      if (isTruncated) break;
      last = name;
      buckets.push([
        'Bucket',
        [
          ['Name', name],
          ['CreationDate', new Date(value.createdAt).toISOString()],
          ['BucketRegion', region],
        ],
      ]);
    }
    return xmlReply([
      'ListAllMyBucketsResult',
      [
        owner(),
        ['Buckets', buckets],
        isTruncated && last !== undefined ? ['ContinuationToken', last] : undefined,
        prefix === '' ? undefined : ['Prefix', prefix],
      ],
    ]);
  },
};

/** Without it there are no pages. @throws S3Error `InvalidArgument` */
function readMaxBuckets(request: S3Request): number {
  const limit = readCount(request, 'max-buckets');
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  if (limit >= 1 && limit <= 10_000) return limit;
  throw new S3Error('InvalidArgument', 'Argument max-buckets must be an integer between 1 and 10000', {
    ArgumentName: 'max-buckets',
    ArgumentValue: String(limit),
  });
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html */
export const createBucketOperation: Operation<BucketRequest> = {
  name: 'CreateBucket',
  access: 'manage',
  async run({ store, region }, request) {
    const { bucket } = request.target;
    const document = await receiveDocument(request, maxConfigurationBytes);
    const tags = document.length === 0 ? [] : readConfiguration(readXml(document), region);
    const isNew = await createBucket(store, bucket, tags);
    // As in us-east-1; in other regions S3 answers with this error.
    if (!isNew && region !== 'us-east-1')
      throw new S3Error('BucketAlreadyOwnedByYou', undefined, { BucketName: bucket });
    return emptyReply(200, { location: `/${bucket}`, 'x-amz-bucket-arn': `arn:aws:s3:::${bucket}` });
  },
};

/** Fifty tags as long as they may be, and room to spare. */
const maxConfigurationBytes = 256 * 1024;

/**
 * Compares the requested region with that of the store.
 *
 * @returns the tags the bucket is to have
 */
function readConfiguration(root: XmlElement, region: string): Tags {
  const location = textOf(root, 'LocationConstraint');
  if (root.name !== 'CreateBucketConfiguration') throw new S3Error('MalformedXML');
  if (location !== undefined && location !== '' && location !== region) {
    throw new S3Error('InvalidLocationConstraint', undefined, { LocationConstraint: location });
  }
  const [tags] = childrenOf(root, 'Tags');
  return tags === undefined ? [] : readTagSet(tags, maxBucketTags);
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export const headBucketOperation: Operation<BucketRequest> = {
  name: 'HeadBucket',
  access: 'read',
  run({ store, region }, request) {
    requireBucket(store, request.target.bucket);
    return emptyReply(200, { 'x-amz-bucket-region': region });
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html */
export const deleteBucketOperation: Operation<BucketRequest> = {
  name: 'DeleteBucket',
  access: 'manage',
  async run({ store }, request) {
    await deleteBucket(store, request.target.bucket);
    return emptyReply(204);
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html */
export const getBucketLocationOperation: Operation<BucketRequest> = {
  name: 'GetBucketLocation',
  access: 'read',
  run({ store, region }, request) {
    requireBucket(store, request.target.bucket);
    // S3 answers with an empty name for us-east-1.
    return xmlReply(['LocationConstraint', region === 'us-east-1' ? '' : region]);
  },
};
