import { xmlReply } from '../../http/reply.ts';
import { listObjects } from '../../objects/list-objects.ts';
import type { BucketRequest, Operation } from '../operation.ts';
import { readPageSize } from '../parameters.ts';
import { objectNode } from './list-objects-v2.ts';
import { assertAbsent, commonPrefixNode, listParameters, readListRequest } from './list-request.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html */
export const listObjectsV1Operation: Operation<BucketRequest> = {
  name: 'ListObjects',
  access: 'read',
  run({ store, region }, request) {
    const { bucket, query } = request.target;
    assertAbsent(
      request,
      'continuation-token',
      'continuation-token only supported in REST.GET.BUCKET with list-type=2',
    );
    assertAbsent(request, 'start-after', 'startAfter only supported in REST.GET.BUCKET with list-type=2');
    const list = readListRequest(request);
    const limit = readPageSize(request, 'max-keys');
    const marker = query.get('marker') ?? '';
    const page = listObjects(store, bucket, { ...list, limit, after: marker });
    // Without a delimiter clients go on from the last key themselves.
    const nextMarker = page.isTruncated && list.delimiter !== '' ? page.last : undefined;
    return xmlReply(
      [
        'ListBucketResult',
        [
          ['Name', bucket],
          ['Prefix', list.encode(list.prefix)],
          ['Marker', list.encode(marker)],
          nextMarker === undefined ? undefined : ['NextMarker', list.encode(nextMarker)],
          ['MaxKeys', limit],
          ...listParameters(list),
          ['IsTruncated', page.isTruncated],
          ...page.objects.map((object) => objectNode(list, object, true)),
          ...page.commonPrefixes.map((prefix) => commonPrefixNode(list, prefix)),
        ],
      ],
      { 'x-amz-bucket-region': region },
    );
  },
};
