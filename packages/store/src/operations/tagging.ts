import { S3Error } from '../errors/s3-error.ts';
import { emptyReply, xmlReply } from '../http/reply.ts';
import { changeBucket, requireBucket } from '../objects/bucket.ts';
import { getObject } from '../objects/get-object.ts';
import { tagObject } from '../objects/tag-object.ts';
import type { BucketRequest, ObjectRequest, Operation } from './operation.ts';
import { assertNullVersion } from './parameters.ts';
import { receiveRequiredDocument } from './receive-body.ts';
import { maxBucketTags, maxObjectTags, readTagging, taggingNode } from './tags.ts';

/** Fifty tags as long as they may be, and room to spare. */
const maxDocumentBytes = 256 * 1024;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html */
export const getObjectTaggingOperation: Operation<ObjectRequest> = {
  name: 'GetObjectTagging',
  access: 'read',
  run({ store }, request) {
    assertNullVersion(request);
    return xmlReply(taggingNode(getObject(store, request.target).tags ?? []));
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html */
export const putObjectTaggingOperation: Operation<ObjectRequest> = {
  name: 'PutObjectTagging',
  access: 'write',
  async run({ store }, request) {
    assertNullVersion(request);
    getObject(store, request.target);
    const tags = readTagging(await receiveRequiredDocument(request, maxDocumentBytes), maxObjectTags);
    await tagObject(store, request.target, tags);
    return emptyReply(200);
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html */
export const deleteObjectTaggingOperation: Operation<ObjectRequest> = {
  name: 'DeleteObjectTagging',
  access: 'write',
  async run({ store }, request) {
    assertNullVersion(request);
    await tagObject(store, request.target, []);
    return emptyReply(204);
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html */
export const getBucketTaggingOperation: Operation<BucketRequest> = {
  name: 'GetBucketTagging',
  access: 'read',
  run({ store }, request) {
    const { bucket } = request.target;
    const { tags } = requireBucket(store, bucket);
    if (tags === undefined) throw new S3Error('NoSuchTagSet', undefined, { BucketName: bucket });
    return xmlReply(taggingNode(tags));
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export const putBucketTaggingOperation: Operation<BucketRequest> = {
  name: 'PutBucketTagging',
  access: 'manage',
  async run({ store }, request) {
    requireBucket(store, request.target.bucket);
    const tags = readTagging(await receiveRequiredDocument(request, maxDocumentBytes), maxBucketTags);
    await changeBucket(store, request.target.bucket, (record) => ({ ...record, tags }));
    return emptyReply(204);
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html */
export const deleteBucketTaggingOperation: Operation<BucketRequest> = {
  name: 'DeleteBucketTagging',
  access: 'manage',
  async run({ store }, request) {
    await changeBucket(store, request.target.bucket, ({ tags, ...record }) => record);
    return emptyReply(204);
  },
};
