import { readExpectedDigests } from '../checksums/expected-digests.ts';
import { S3Error } from '../errors/s3-error.ts';
import { childrenOf, readXml, textOf, type XmlElement } from '../http/read-xml.ts';
import { xmlReply } from '../http/reply.ts';
import { isKeyTooLong } from '../http/s3-target.ts';
import type { XmlNode } from '../http/xml.ts';
import { requireBucket } from '../objects/bucket.ts';
import { deleteObjects, type ObjectToDelete } from '../objects/delete-object.ts';
import type { BucketRequest, Operation } from './operation.ts';
import { readDeleteConditions } from './read-conditions.ts';
import { receiveRequiredDocument } from './receive-body.ts';

const maxObjects = 1000;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const deleteObjectsOperation: Operation<BucketRequest> = {
  name: 'DeleteObjects',
  access: 'write',
  async run({ store }, request) {
    requireBucket(store, request.target.bucket);
    assertDigest(request);
    const root = readXml(await receiveRequiredDocument(request, 4 * 1024 * 1024));
    const elements = childrenOf(root, 'Object');
    if (root.name !== 'Delete' || elements.length === 0 || elements.length > maxObjects) {
      throw new S3Error('MalformedXML');
    }
    const isQuiet = textOf(root, 'Quiet')?.trim() === 'true';
    const requested = elements.map(readObject);
    // A version that never was is gone already.
    const present = requested.filter(
      ({ key, versionId }) => !isKeyTooLong(key) && (versionId === undefined || versionId === 'null'),
    );
    const outcomes = await deleteObjects(store, request.target.bucket, present);
    const errors = new Map(present.map((object, index) => [object, outcomes[index]?.error]));
    const nodes = requested.map((object): XmlNode | undefined => {
      const error = isKeyTooLong(object.key) ? new S3Error('KeyTooLongError') : errors.get(object);
      if (error !== undefined) return ['Error', [...nameNodes(object), ...errorNodes(error)]];
      return isQuiet ? undefined : ['Deleted', nameNodes(object)];
    });
    return xmlReply(['DeleteResult', nodes]);
  },
};

/**
 * Requires a digest of the list of keys: a damaged list would delete other objects.
 *
 * @throws S3Error `InvalidRequest`
 */
function assertDigest(request: BucketRequest): void {
  const { md5, checksum } = readExpectedDigests(request);
  if (md5 !== undefined || checksum !== undefined) return;
  throw new S3Error(
    'InvalidRequest',
    'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
  );
}

type RequestedObject = ObjectToDelete & { readonly versionId: string | undefined };

function readObject(element: XmlElement): RequestedObject {
  const key = textOf(element, 'Key');
  if (key === undefined || key === '') throw new S3Error('MalformedXML');
  const conditions = readDeleteConditions({
    ifMatch: textOf(element, 'ETag'),
    modifiedAt: textOf(element, 'LastModifiedTime'),
    size: textOf(element, 'Size'),
  });
  return { key, conditions, versionId: textOf(element, 'VersionId') };
}

function nameNodes({ key, versionId }: RequestedObject): (XmlNode | undefined)[] {
  return [['Key', key], versionId === undefined ? undefined : ['VersionId', versionId]];
}

function errorNodes(error: S3Error): XmlNode[] {
  return [
    ['Code', error.code],
    ['Message', error.message],
  ];
}
