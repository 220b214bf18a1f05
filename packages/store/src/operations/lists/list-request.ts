import { encodePathS3 } from '@bkend/sigv4';
import { S3Error } from '../../errors/s3-error.ts';
import type { XmlNode } from '../../http/xml.ts';
import type { BucketRequest } from '../operation.ts';

/** Parameters that all lists of keys have in common. */
export interface ListRequest {
  readonly prefix: string;
  readonly delimiter: string;
  /** Writes a key, prefix or delimiter, as `encoding-type` wants it. */
  readonly encode: (text: string) => string;
  readonly encodingType: XmlNode | undefined;
}

/** @throws S3Error `InvalidArgument` */
export function readListRequest(request: BucketRequest): ListRequest {
  const { query } = request.target;
  const encodingType = query.get('encoding-type');
  if (encodingType !== undefined && encodingType !== 'url' && encodingType !== '') {
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
      ArgumentName: 'encoding-type',
      ArgumentValue: encodingType,
    });
  }
  const isUrl = encodingType === 'url';
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    encode: isUrl ? encodePathS3 : (text) => text,
    encodingType: isUrl ? ['EncodingType', 'url'] : undefined,
  };
}

/**
 * Refuses a parameter of the other version of the list: a client that continues with it would get the first page for ever.
 *
 * @throws S3Error `InvalidArgument`
 */
export function assertAbsent(request: BucketRequest, name: string, message: string): void {
  const value = request.target.query.get(name);
  if (value === undefined) return;
  throw new S3Error('InvalidArgument', message, { ArgumentName: name, ArgumentValue: value });
}

/** `EncodingType` and `Delimiter` where they were given. */
export function listParameters(list: ListRequest): (XmlNode | undefined)[] {
  return [list.delimiter === '' ? undefined : ['Delimiter', list.encode(list.delimiter)], list.encodingType];
}

export function commonPrefixNode(list: ListRequest, prefix: Buffer): XmlNode {
  return ['CommonPrefixes', [['Prefix', list.encode(prefix.toString())]]];
}
