import { deleteObjects, type ObjectToDelete } from '../objects/delete-object.ts';
import { S3Error } from '../objects/s3-error.ts';
import type { BucketRequest, Operation } from './operation.ts';
import { childrenOf, readXml, textOf, type XmlElement } from './read-xml.ts';
import { receiveDocument } from './receive-body.ts';
import { xmlReply } from './reply.ts';
import type { XmlNode } from './xml.ts';

const maxObjects = 1000;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
export const deleteObjectsOperation: Operation<BucketRequest> = {
  name: 'DeleteObjects',
  access: 'write',
  async run({ store }, request) {
    const root = readXml(await receiveDocument(request, 4 * 1024 * 1024));
    const elements = childrenOf(root, 'Object');
    if (root.name !== 'Delete' || elements.length === 0 || elements.length > maxObjects) {
      throw new S3Error('MalformedXML');
    }
    const isQuiet = textOf(root, 'Quiet')?.trim() === 'true';
    const requested = elements.map(readObject);
    const present = requested.filter(({ versionId }) => versionId === undefined || versionId === 'null');
    const outcomes = await deleteObjects(store, request.target.bucket, present);
    // A version that never was is gone already.
    const absent = requested.filter((object) => !present.includes(object));
    const nodes = [...outcomes, ...absent.map(({ key }) => ({ key, error: undefined }))].map(
      ({ key, error }): XmlNode | undefined => {
        if (error !== undefined) return errorNode(key, error);
        return isQuiet ? undefined : ['Deleted', [['Key', key]]];
      },
    );
    return xmlReply(['DeleteResult', nodes]);
  },
};

function readObject(element: XmlElement): ObjectToDelete & { readonly versionId: string | undefined } {
  const key = textOf(element, 'Key');
  if (key === undefined || key === '') throw new S3Error('MalformedXML');
  const etag = textOf(element, 'ETag');
  const versionId = textOf(element, 'VersionId');
  return { key, versionId, ...(etag !== undefined && { conditions: { ifMatch: etag } }) };
}

function errorNode(key: string, error: S3Error): XmlNode {
  return [
    'Error',
    [
      ['Key', key],
      ['Code', error.code],
      ['Message', error.message],
    ],
  ];
}
