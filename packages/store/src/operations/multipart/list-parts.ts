import { quoteEtag } from '@bkend/http';
import { encodePathS3 } from '@bkend/sigv4';
import { xmlReply } from '../../http/reply.ts';
import type { XmlNode } from '../../http/xml.ts';
import type { PartRecord } from '../../index/records.ts';
import { getUpload, listParts } from '../../objects/multipart-upload.ts';
import { owner } from '../acl.ts';
import type { ObjectRequest, Operation } from '../operation.ts';
import { readCount, readPageSize, uploadAddress } from '../parameters.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export const listPartsOperation: Operation<ObjectRequest> = {
  name: 'ListParts',
  access: 'read',
  run({ store }, request) {
    const address = uploadAddress(request);
    const upload = getUpload(store, address);
    const limit = readPageSize(request, 'max-parts');
    const after = Math.min(readCount(request, 'part-number-marker') ?? 0, 10_000);
    const page = listParts(store, address.uploadId, { after, limit });
    const encode = request.target.query.get('encoding-type') === 'url' ? encodePathS3 : String;
    return xmlReply([
      'ListPartsResult',
      [
        ['Bucket', address.bucket],
        ['Key', encode(address.key)],
        ['UploadId', address.uploadId],
        owner('Initiator'),
        owner(),
        ['StorageClass', 'STANDARD'],
        ['PartNumberMarker', after],
        ['NextPartNumberMarker', page.parts.at(-1)?.partNumber ?? 0],
        ['MaxParts', limit],
        ['IsTruncated', page.isTruncated],
        upload.checksum && ['ChecksumAlgorithm', upload.checksum.algorithm],
        upload.checksum && ['ChecksumType', upload.checksum.type],
        ...page.parts.map(partNode),
      ],
    ]);
  },
};

function partNode(part: PartRecord): XmlNode {
  return [
    'Part',
    [
      ['PartNumber', part.partNumber],
      ['LastModified', new Date(part.modifiedAt).toISOString()],
      ['ETag', quoteEtag(part.content.md5)],
      ['Size', part.content.sizeBytes],
      part.checksum && [`Checksum${part.checksum.algorithm}`, part.checksum.value],
    ],
  ];
}
