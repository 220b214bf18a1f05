import { quoteEtag } from '@bkend/http';
import { S3Error } from '../../errors/s3-error.ts';
import { xmlReply } from '../../http/reply.ts';
import type { XmlNode } from '../../http/xml.ts';
import { type ListedObject, listObjects } from '../../objects/list-objects.ts';
import { owner } from '../acl.ts';
import type { BucketRequest, Operation } from '../operation.ts';
import { readPageSize } from '../parameters.ts';
import {
  assertAbsent,
  commonPrefixNode,
  type ListRequest,
  listParameters,
  readListRequest,
} from './list-request.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listObjectsV2Operation: Operation<BucketRequest> = {
  name: 'ListObjectsV2',
  access: 'read',
  run({ store, region }, request) {
    const { bucket, query } = request.target;
    assertAbsent(request, 'marker', 'Marker unsupported with REST.GET.BUCKET in list-type=2');
    const list = readListRequest(request);
    const limit = readPageSize(request, 'max-keys');
    const token = query.get('continuation-token');
    const startAfter = query.get('start-after');
    // An empty token is that of the first page.
    const after = token === undefined || token === '' ? startAfter : readToken(token);
    const page = listObjects(store, bucket, {
      ...list,
      limit,
      ...(after !== undefined && { after }),
    });
    const withOwner = query.get('fetch-owner') === 'true';
    return xmlReply(
      [
        'ListBucketResult',
        [
          ['Name', bucket],
          ['Prefix', list.encode(list.prefix)],
          startAfter === undefined || startAfter === '' ? undefined : ['StartAfter', list.encode(startAfter)],
          token === undefined ? undefined : ['ContinuationToken', token],
          page.isTruncated ? ['NextContinuationToken', writeToken(page.last ?? '')] : undefined,
          ['KeyCount', page.objects.length + page.commonPrefixes.length],
          ['MaxKeys', limit],
          ...listParameters(list),
          ['IsTruncated', page.isTruncated],
          ...page.objects.map((object) => objectNode(list, object, withOwner)),
          ...page.commonPrefixes.map((prefix) => commonPrefixNode(list, prefix)),
        ],
      ],
      { 'x-amz-bucket-region': region },
    );
  },
};

/** One object as the lists show it. */
export function objectNode(list: ListRequest, object: ListedObject, withOwner: boolean): XmlNode {
  return ['Contents', objectFields(list, object, withOwner)];
}

export function objectFields(
  list: ListRequest,
  { key, record }: ListedObject,
  withOwner: boolean,
): (XmlNode | undefined)[] {
  return [
    ['Key', list.encode(key)],
    ['LastModified', new Date(record.modifiedAt).toISOString()],
    ['ETag', quoteEtag(record.etag)],
    record.checksum && ['ChecksumAlgorithm', record.checksum.algorithm],
    record.checksum && ['ChecksumType', record.checksum.type],
    ['Size', record.sizeBytes],
    withOwner ? owner() : undefined,
    ['StorageClass', 'STANDARD'],
  ];
}

/** A continuation token is a key, encoded so that XML can carry it and clients treat it as opaque. */
function writeToken(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (writeToken(key) === token) return key;
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  });
}
