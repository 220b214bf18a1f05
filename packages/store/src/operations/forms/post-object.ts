import { quoteEtag } from '@bkend/http';
import { encodePathS3, unsupportedMechanism, verifyPostPolicy } from '@bkend/sigv4';
import { authorise, callerOf, verifyOptions } from '../../auth/authenticate.ts';
import { checkPostPolicy, parsePostPolicy } from '../../auth/post-policy.ts';
import { checksumHeaders } from '../../checksums/expected-digests.ts';
import { S3Error } from '../../errors/s3-error.ts';
import type { Reply } from '../../http/reply.ts';
import { checkKeyLength } from '../../http/s3-target.ts';
import { renderXml, type XmlNode } from '../../http/xml.ts';
import type { ObjectRecord } from '../../index/records.ts';
import { requireBucket } from '../../objects/bucket.ts';
import { putObject } from '../../objects/put-object.ts';
import { readAttributes } from '../object-attributes.ts';
import type { BucketRequest, ProtocolDeps, S3Request } from '../operation.ts';
import { receiveBody } from '../receive-body.ts';
import { maxObjectTags, readTagging } from '../tags.ts';
import { assertSupportedHeaders } from '../unsupported-headers.ts';
import { readForm } from './form-data.ts';
import { expandFileName, formAsRequest } from './form-request.ts';

/** Whether this is a browser's form; its signature is in its fields. */
export function isPostForm(request: Pick<S3Request, 'method' | 'target' | 'header'>): boolean {
  return (
    request.method === 'POST' &&
    request.target.bucket !== undefined &&
    request.target.key === undefined &&
    /^multipart\/form-data\b/i.test(request.header('content-type') ?? '')
  );
}

/**
 * Stores what a browser's form uploads, if the form was signed and the policy allows it. Nothing of the file is read before
 * both are certain.
 *
 * @param onVerified called when the form's signature has been found good
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
export async function postObject(
  deps: ProtocolDeps,
  request: BucketRequest,
  onVerified: () => void,
): Promise<Reply> {
  const { store } = deps;
  const { bucket } = request.target;
  const form = expandFileName(await readForm(request.body.read(), request.header('content-type') ?? ''));
  const { fields } = form;
  assertSigned(fields);
  const { accessKeyId } = verifyPostPolicy(
    {
      policy: fields.get('policy'),
      algorithm: fields.get('x-amz-algorithm'),
      credential: fields.get('x-amz-credential'),
      date: fields.get('x-amz-date'),
      signature: fields.get('x-amz-signature'),
    },
    verifyOptions(deps.access),
  );
  onVerified();
  const caller = callerOf(deps.access, { kind: 'post-policy', accessKeyId });
  authorise(caller, 'write', bucket);
  const policy = parsePostPolicy(fields.get('policy') ?? '');
  checkPostPolicy(policy, { bucket, fields, now: store.clock() });
  requireBucket(store, bucket);
  const key = readKey(fields.get('key'));

  const tagging = fields.get('tagging');
  const tags = tagging === undefined ? [] : readTagging(Buffer.from(tagging), maxObjectTags);
  const asRequest = formAsRequest(request, form, policy.sizeRange);
  assertSupportedHeaders(asRequest);
  const attributes = { ...readAttributes(asRequest), ...(tags.length > 0 && { tags }) };
  const { staged, checksum } = await receiveBody(store, asRequest);
  const record = await putObject(
    store,
    { bucket, key },
    {
      staged,
      attributes,
      conditions: {},
      ...(checksum !== undefined && { checksum: { ...checksum, type: 'FULL_OBJECT' as const } }),
    },
  );
  return answer(request, fields, { bucket, key, record });
}

/** @throws S3Error `AccessDenied` for a form without a signature, SignatureError `InvalidRequest` for one of version 2 */
function assertSigned(fields: ReadonlyMap<string, string>): void {
  if (fields.has('policy') || fields.has('x-amz-signature')) {
    if (!fields.has('signature') && !fields.has('awsaccesskeyid')) return;
    throw unsupportedMechanism();
  }
  throw new S3Error('AccessDenied');
}

function readKey(key: string | undefined): string {
  if (key === undefined || key === '') {
    throw new S3Error(
      'InvalidArgument',
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
      { ArgumentName: 'key', ArgumentValue: '' },
    );
  }
  checkKeyLength(key);
  return key;
}

function answer(
  request: BucketRequest,
  fields: ReadonlyMap<string, string>,
  stored: { readonly bucket: string; readonly key: string; readonly record: ObjectRecord },
): Reply {
  const { bucket, key, record } = stored;
  const etag = quoteEtag(record.etag);
  const location = `http://${request.header('host') ?? ''}/${bucket}/${encodePathS3(key)}`;
  const headers = { etag, location, ...checksumHeaders(record.checksum) };
  const redirect = fields.get('success_action_redirect') ?? fields.get('redirect');
  if (redirect !== undefined && URL.canParse(redirect)) {
    const target = new URL(redirect);
    for (const [name, value] of Object.entries({ bucket, key, etag }))
      target.searchParams.append(name, value);
    return { status: 303, headers: { ...headers, location: target.href } };
  }
  const status = fields.get('success_action_status');
  if (status === '201') {
    const nodes: XmlNode[] = [
      ['Location', location],
      ['Bucket', bucket],
      ['Key', key],
      ['ETag', etag],
    ];
    // Unlike S3's other documents this one is in no namespace, and what reads it does not expect one.
    const bytes = Buffer.from(renderXml(['PostResponse', nodes]));
    return {
      status: 201,
      headers: { ...headers, 'content-type': 'application/xml' },
      body: { kind: 'bytes', bytes },
    };
  }
  return { status: status === '200' ? 200 : 204, headers };
}
