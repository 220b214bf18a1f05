import { checksumNodes } from '../checksums/expected-digests.ts';
import { S3Error } from '../errors/s3-error.ts';
import { xmlReply } from '../http/reply.ts';
import type { XmlNode } from '../http/xml.ts';
import type { ObjectRecord } from '../index/records.ts';
import { requireBucket } from '../objects/bucket.ts';
import { findManifest, getObject } from '../objects/get-object.ts';
import type { StoreDeps } from '../objects/store-deps.ts';
import { lastModified } from './object-attributes.ts';
import type { ObjectRequest, Operation } from './operation.ts';
import { assertNullVersion, maxPageSize } from './parameters.ts';

const attributes = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export const getObjectAttributesOperation: Operation<ObjectRequest> = {
  name: 'GetObjectAttributes',
  access: 'read',
  run({ store }, request) {
    requireBucket(store, request.target.bucket);
    assertNullVersion(request);
    const wanted = readWanted(request);
    const record = getObject(store, request.target);
    const has = (name: string): boolean => wanted.includes(name);
    return xmlReply(
      [
        'GetObjectAttributesResponse',
        [
          has('ETag') ? ['ETag', record.etag] : undefined,
          has('Checksum') && record.checksum ? ['Checksum', checksumNodes(record.checksum)] : undefined,
          has('ObjectParts') ? partsNode(store, request, record) : undefined,
          has('StorageClass') ? ['StorageClass', 'STANDARD'] : undefined,
          has('ObjectSize') ? ['ObjectSize', record.sizeBytes] : undefined,
        ],
      ],
      { 'last-modified': lastModified(record) },
    );
  },
};

/** @throws S3Error `InvalidRequest` where nothing is asked for, `InvalidArgument` for what no object has */
function readWanted(request: ObjectRequest): string[] {
  const header = request.header('x-amz-object-attributes') ?? '';
  if (header === '') {
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    );
  }
  const wanted = header.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !attributes.includes(name));
  if (unknown === undefined) return wanted;
  throw new S3Error('InvalidArgument', 'Invalid attribute name specified.', {
    ArgumentName: 'x-amz-object-attributes',
    ArgumentValue: unknown,
  });
}

function partsNode(store: StoreDeps, request: ObjectRequest, record: ObjectRecord): XmlNode | undefined {
  const manifest = findManifest(store, record);
  if (manifest === undefined) return undefined;
  const limit = Math.min(readNumber(request, 'x-amz-max-parts') ?? maxPageSize, maxPageSize);
  const after = readNumber(request, 'x-amz-part-number-marker') ?? 0;
  const behind = manifest.filter((part) => part.partNumber > after);
  const page = behind.slice(0, limit);
  // S3 tells parts one by one only where they have checksums.
  const isDetailed = manifest.some((part) => part.checksum !== undefined);
  return [
    'ObjectParts',
    [
      ['PartsCount', manifest.length],
      ['PartNumberMarker', after],
      ['NextPartNumberMarker', page.at(-1)?.partNumber ?? 0],
      ['MaxParts', limit],
      ['IsTruncated', behind.length > page.length],
      ...(isDetailed ? page : []).map(
        (part): XmlNode => [
          'Part',
          [
            ['PartNumber', part.partNumber],
            ['Size', part.content.sizeBytes],
            part.checksum && [`Checksum${part.checksum.algorithm}`, part.checksum.value],
          ],
        ],
      ),
    ],
  ];
}

function readNumber(request: ObjectRequest, name: string): number | undefined {
  const text = request.header(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw new S3Error('InvalidArgument', `${name} must be a number`, {
      ArgumentName: name,
      ArgumentValue: text,
    });
  }
  return Number(text);
}
