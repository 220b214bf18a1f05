import { S3Error } from '../errors/s3-error.ts';
import { childrenOf, readXml, textOf, type XmlElement } from '../http/read-xml.ts';
import { emptyReply } from '../http/reply.ts';
import type { XmlNode } from '../http/xml.ts';
import { requireBucket } from '../objects/bucket.ts';
import { getObject } from '../objects/get-object.ts';
import type { BucketRequest, ObjectRequest, Operation } from './operation.ts';
import { receiveDocument } from './receive-body.ts';

const maxDocumentBytes = 64 * 1024;

/** Canned ACLs that match the only state: the one owner has full control, and no other grantee has any. */
const privateAcls: ReadonlySet<string> = new Set(['private', 'bucket-owner-full-control']);

/**
 * Accepts an ACL that matches the only state, canned or as the document of GetBucketAcl.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
 */
export const putBucketAclOperation: Operation<BucketRequest> = {
  name: 'PutBucketAcl',
  access: 'manage',
  async run({ store }, request) {
    requireBucket(store, request.target.bucket);
    await assertPrivate(request);
    return emptyReply(200);
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html */
export const putObjectAclOperation: Operation<ObjectRequest> = {
  name: 'PutObjectAcl',
  access: 'write',
  async run({ store }, request) {
    getObject(store, request.target);
    await assertPrivate(request);
    return emptyReply(200);
  },
};

export function privateAcl(): XmlNode {
  const grantee: XmlNode = [
    'Grantee',
    [
      ['ID', ownerId],
      ['DisplayName', 'bkend'],
    ],
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"',
  ];
  return [
    'AccessControlPolicy',
    [owner(), ['AccessControlList', [['Grant', [grantee, ['Permission', 'FULL_CONTROL']]]]]],
  ];
}

/** @throws S3Error `NotImplemented` for any other ACL, `MissingSecurityHeader` for none, `MalformedXML` */
async function assertPrivate(request: BucketRequest): Promise<void> {
  for (const [name] of request.headers()) {
    if (name.startsWith('x-amz-grant-')) throw new S3Error('NotImplemented', undefined, { Header: name });
  }
  const canned = request.header('x-amz-acl');
  const document = await receiveDocument(request, maxDocumentBytes);
  if (canned === undefined && document.length === 0) throw new S3Error('MissingSecurityHeader');
  if (canned !== undefined && !privateAcls.has(canned)) throw new S3Error('NotImplemented');
  if (document.length > 0 && !isPrivate(readXml(document))) throw new S3Error('NotImplemented');
}

function isPrivate(policy: XmlElement): boolean {
  const [list] = childrenOf(policy, 'AccessControlList');
  if (policy.name !== 'AccessControlPolicy' || list === undefined) throw new S3Error('MalformedXML');
  const grants = childrenOf(list, 'Grant');
  return grants.length > 0 && grants.every(isOfOwner);
}

function isOfOwner(grant: XmlElement): boolean {
  const [grantee] = childrenOf(grant, 'Grantee');
  return (
    grantee !== undefined &&
    textOf(grantee, 'ID')?.trim() === ownerId &&
    textOf(grant, 'Permission')?.trim() === 'FULL_CONTROL'
  );
}

/** Id of the one owner of everything in a store, in the shape of AWS's canonical user ids, as some clients expect. */
export const ownerId = '75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a';

export function owner(name: 'Owner' | 'Initiator' = 'Owner'): XmlNode {
  return [
    name,
    [
      ['ID', ownerId],
      ['DisplayName', 'bkend'],
    ],
  ];
}
