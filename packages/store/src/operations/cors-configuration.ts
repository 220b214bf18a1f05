import { S3Error } from '../errors/s3-error.ts';
import { isHeaderName } from '../http/header-text.ts';
import { childrenOf, readXml, textOf, type XmlElement } from '../http/read-xml.ts';
import { emptyReply, xmlReply } from '../http/reply.ts';
import type { XmlNode } from '../http/xml.ts';
import type { CorsRule } from '../index/records.ts';
import { changeBucket, requireBucket } from '../objects/bucket.ts';
import type { BucketRequest, Operation } from './operation.ts';
import { receiveRequiredDocument } from './receive-body.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html */
export const getBucketCorsOperation: Operation<BucketRequest> = {
  name: 'GetBucketCors',
  access: 'read',
  run({ store }, request) {
    const { bucket } = request.target;
    const { cors } = requireBucket(store, bucket);
    if (cors === undefined) throw new S3Error('NoSuchCORSConfiguration', undefined, { BucketName: bucket });
    return xmlReply(['CORSConfiguration', cors.map(ruleNode)]);
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html */
export const putBucketCorsOperation: Operation<BucketRequest> = {
  name: 'PutBucketCors',
  access: 'manage',
  async run({ store }, request) {
    requireBucket(store, request.target.bucket);
    const cors = readRules(await receiveRequiredDocument(request, 64 * 1024));
    await changeBucket(store, request.target.bucket, (record) => ({ ...record, cors }));
    return emptyReply(200);
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html */
export const deleteBucketCorsOperation: Operation<BucketRequest> = {
  name: 'DeleteBucketCors',
  access: 'manage',
  async run({ store }, request) {
    await changeBucket(store, request.target.bucket, ({ cors, ...record }) => record);
    return emptyReply(204);
  },
};

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'];
const maxRules = 100;
/** Browsers write origins in ASCII, without blanks (RFC 6454 §6.2). */
const originPattern = /^[\x21-\x7e]+$/;

function readRules(document: Buffer): CorsRule[] {
  const root = readXml(document);
  const elements = childrenOf(root, 'CORSRule');
  if (root.name !== 'CORSConfiguration' || elements.length === 0 || elements.length > maxRules) {
    throw new S3Error('MalformedXML');
  }
  return elements.map(readRule);
}

function readRule(element: XmlElement): CorsRule {
  const texts = (name: string): string[] => childrenOf(element, name).map(({ text }) => text.trim());
  const allowedOrigins = texts('AllowedOrigin');
  const allowedMethods = texts('AllowedMethod');
  const allowedHeaders = texts('AllowedHeader');
  if (allowedOrigins.length === 0 || allowedMethods.length === 0) throw new S3Error('MalformedXML');
  const unknownMethod = allowedMethods.find((method) => !methods.includes(method));
  if (unknownMethod !== undefined) {
    throw new S3Error(
      'InvalidRequest',
      `Found unsupported HTTP method in CORS config. Unsupported method is ${unknownMethod}`,
    );
  }
  for (const pattern of [...allowedOrigins, ...allowedHeaders]) {
    if (pattern.split('*').length > 2) {
      throw new S3Error('InvalidRequest', `"${pattern}" can not have more than one wildcard.`);
    }
  }
  const exposeHeaders = texts('ExposeHeader');
  if (exposeHeaders.some((name) => name.includes('*'))) {
    throw new S3Error('InvalidRequest', 'ExposeHeader can not have a wildcard.');
  }
  const noOrigin = allowedOrigins.find((origin) => !originPattern.test(origin));
  if (noOrigin !== undefined) throw new S3Error('InvalidRequest', `"${noOrigin}" is no origin.`);
  // `*` may stand in a token too.
  const noName = [...allowedHeaders, ...exposeHeaders].find((name) => !isHeaderName(name));
  if (noName !== undefined) throw new S3Error('InvalidRequest', `"${noName}" is no name of a header.`);
  const id = textOf(element, 'ID');
  const maxAge = textOf(element, 'MaxAgeSeconds')?.trim();
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge)) throw new S3Error('MalformedXML');
  return {
    ...(id !== undefined && { id }),
    allowedOrigins,
    allowedMethods,
    allowedHeaders,
    exposeHeaders,
    ...(maxAge !== undefined && { maxAgeSeconds: Number(maxAge) }),
  };
}

function ruleNode(rule: CorsRule): XmlNode {
  const nodes = (name: string, values: readonly string[]): XmlNode[] => values.map((value) => [name, value]);
  return [
    'CORSRule',
    [
      rule.id === undefined ? undefined : ['ID', rule.id],
      ...nodes('AllowedOrigin', rule.allowedOrigins),
      ...nodes('AllowedMethod', rule.allowedMethods),
      ...nodes('AllowedHeader', rule.allowedHeaders),
      ...nodes('ExposeHeader', rule.exposeHeaders),
      rule.maxAgeSeconds === undefined ? undefined : ['MaxAgeSeconds', rule.maxAgeSeconds],
    ],
  ];
}
