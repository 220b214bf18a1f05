import { quoteEtag } from '@bkend/http';
import { checksumHeaders } from '../checksums/expected-digests.ts';
import { emptyReply } from '../http/reply.ts';
import { requireBucket } from '../objects/bucket.ts';
import { deleteObjects } from '../objects/delete-object.ts';
import { putObject } from '../objects/put-object.ts';
import { readAttributes } from './object-attributes.ts';
import type { ObjectRequest, Operation } from './operation.ts';
import { assertNullVersion } from './parameters.ts';
import { readDeleteConditions, readWriteConditions } from './read-conditions.ts';
import { assertLength, receiveBody } from './receive-body.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObjectOperation: Operation<ObjectRequest> = {
  name: 'PutObject',
  access: 'write',
  async run({ store }, request) {
    requireBucket(store, request.target.bucket);
    assertLength(request);
    const attributes = readAttributes(request);
    const conditions = readWriteConditions(request);
    const { staged, checksum } = await receiveBody(store, request);
    const record = await putObject(store, request.target, {
      staged,
      attributes,
      conditions,
      ...(checksum !== undefined && { checksum: { ...checksum, type: 'FULL_OBJECT' as const } }),
    });
    return emptyReply(200, { etag: quoteEtag(record.etag), ...checksumHeaders(record.checksum) });
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export const deleteObjectOperation: Operation<ObjectRequest> = {
  name: 'DeleteObject',
  access: 'write',
  async run({ store }, request) {
    assertNullVersion(request);
    const { bucket, key } = request.target;
    const conditions = readDeleteConditions({
      ifMatch: request.header('if-match'),
      modifiedAt: request.header('x-amz-if-match-last-modified-time'),
      size: request.header('x-amz-if-match-size'),
    });
    const [outcome] = await deleteObjects(store, bucket, [{ key, conditions }]);
    if (outcome?.error !== undefined) throw outcome.error;
    return emptyReply(204);
  },
};
