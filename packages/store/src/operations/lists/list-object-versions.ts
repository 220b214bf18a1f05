import { S3Error } from '../../errors/s3-error.ts';
import { xmlReply } from '../../http/reply.ts';
import type { XmlNode } from '../../http/xml.ts';
import { listObjects } from '../../objects/list-objects.ts';
import type { BucketRequest, Operation } from '../operation.ts';
import { readPageSize } from '../parameters.ts';
import { objectFields } from './list-objects-v2.ts';
import { commonPrefixNode, listParameters, readListRequest } from './list-request.ts';

/**
 * Every object has one version, `null`, and it is the latest.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 */
export const listObjectVersionsOperation: Operation<BucketRequest> = {
  name: 'ListObjectVersions',
  access: 'read',
  run({ store }, request) {
    const { bucket, query } = request.target;
    const list = readListRequest(request);
    const limit = readPageSize(request, 'max-keys');
    const keyMarker = query.get('key-marker') ?? '';
    const versionIdMarker = query.get('version-id-marker') ?? '';
    if (versionIdMarker !== '' && keyMarker === '') {
      throw new S3Error('InvalidArgument', 'A version-id marker cannot be specified without a key marker.');
    }
    const page = listObjects(store, bucket, { ...list, limit, after: keyMarker });
    const versions = page.objects.map(
      (object): XmlNode => [
        'Version',
        [...objectFields(list, object, true), ['VersionId', 'null'], ['IsLatest', true]],
      ],
    );
    return xmlReply([
      'ListVersionsResult',
      [
        ['Name', bucket],
        ['Prefix', list.encode(list.prefix)],
        ['KeyMarker', list.encode(keyMarker)],
        ['VersionIdMarker', versionIdMarker],
        page.isTruncated ? ['NextKeyMarker', list.encode(page.last ?? '')] : undefined,
        page.isTruncated ? ['NextVersionIdMarker', 'null'] : undefined,
        ['MaxKeys', limit],
        ...listParameters(list),
        ['IsTruncated', page.isTruncated],
        ...versions,
        ...page.commonPrefixes.map((prefix) => commonPrefixNode(list, prefix)),
      ],
    ]);
  },
};
