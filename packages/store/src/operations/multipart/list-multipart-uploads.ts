import { S3Error } from '../../errors/s3-error.ts';
import { xmlReply } from '../../http/reply.ts';
import type { XmlNode } from '../../http/xml.ts';
import { listUploads } from '../../objects/list-uploads.ts';
import { owner } from '../acl.ts';
import { commonPrefixNode, listParameters, readListRequest } from '../lists/list-request.ts';
import type { BucketRequest, Operation } from '../operation.ts';
import { readPageSize } from '../parameters.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export const listUploadsOperation: Operation<BucketRequest> = {
  name: 'ListMultipartUploads',
  access: 'read',
  run({ store }, request) {
    const { bucket, query } = request.target;
    const list = readListRequest(request);
    const limit = readPageSize(request, 'max-uploads');
    const keyMarker = query.get('key-marker') ?? '';
    const uploadIdMarker = query.get('upload-id-marker') ?? '';
    if (uploadIdMarker !== '' && keyMarker !== '' && !/^[0-9a-f]{32}$/.test(uploadIdMarker)) {
      throw new S3Error('InvalidArgument', 'Invalid uploadId marker', {
        ArgumentName: 'upload-id-marker',
        ArgumentValue: uploadIdMarker,
      });
    }
    const page = listUploads(store, bucket, { ...list, keyMarker, uploadIdMarker, limit });
    const uploads = page.uploads.map(
      ({ key, uploadId, record }): XmlNode => [
        'Upload',
        [
          ['Key', list.encode(key)],
          ['UploadId', uploadId],
          owner('Initiator'),
          owner(),
          ['StorageClass', 'STANDARD'],
          ['Initiated', new Date(record.initiatedAt).toISOString()],
          record.checksum && ['ChecksumAlgorithm', record.checksum.algorithm],
          record.checksum && ['ChecksumType', record.checksum.type],
        ],
      ],
    );
    return xmlReply([
      'ListMultipartUploadsResult',
      [
        ['Bucket', bucket],
        ['KeyMarker', list.encode(keyMarker)],
        ['UploadIdMarker', uploadIdMarker],
        page.isTruncated ? ['NextKeyMarker', list.encode(page.last?.key ?? '')] : undefined,
        page.isTruncated ? ['NextUploadIdMarker', page.last?.uploadId ?? ''] : undefined,
        ['Prefix', list.encode(list.prefix)],
        ...listParameters(list),
        ['MaxUploads', limit],
        ['IsTruncated', page.isTruncated],
        ...uploads,
        ...page.commonPrefixes.map((prefix) => commonPrefixNode(list, prefix)),
      ],
    ]);
  },
};
