import type { ObjectAttributes, ObjectRecord, Tags } from '../index/records.ts';
import { S3Error } from '../objects/s3-error.ts';
import { assertHeaderText, isHeaderName } from './header-text.ts';
import { quoteEtag } from './reply.ts';
import type { S3Request } from './s3-request.ts';
import { parseTagging } from './tags.ts';

/** Headers that are kept with an object and given back with it. */
const keptHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
] as const;

const metadataPrefix = 'x-amz-meta-';
const maxMetadataBytes = 2048;

/**
 * Reads what is to be kept with an object from the request that creates it.
 *
 * @throws S3Error `MetadataTooLarge`, `InvalidTag`, `InvalidArgument`
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
export function readAttributes(request: S3Request): ObjectAttributes {
  const headers: Record<string, string> = {};
  for (const name of keptHeaders) {
    const value = name === 'content-encoding' ? readContentEncoding(request) : request.header(name);
    if (value === undefined || value === '') continue;
    assertHeaderText(name, value);
    headers[name] = value;
  }
  headers['content-type'] ??= 'binary/octet-stream';
  const metadata: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of request.headers()) {
    if (!name.startsWith(metadataPrefix)) continue;
    assertHeaderText(name, value);
    const key = name.slice(metadataPrefix.length);
    metadata[key] = value;
    metadataBytes += key.length + value.length;
  }
  if (metadataBytes > maxMetadataBytes) {
    throw new S3Error('MetadataTooLarge', undefined, {
      Size: String(metadataBytes),
      MaxSizeAllowed: String(maxMetadataBytes),
    });
  }
  const tags = readTags(request);
  return { headers, metadata, ...(tags !== undefined && { tags }) };
}

/** What `x-amz-tagging` says; undefined for none. @throws S3Error `InvalidTag`, `InvalidArgument` */
export function readTags(request: S3Request): Tags | undefined {
  const header = request.header('x-amz-tagging');
  const tags = header === undefined ? [] : parseTagging(header);
  return tags.length === 0 ? undefined : tags;
}

/** `aws-chunked` describes how the request travelled, not the object; whatever else is said stays as it was written. */
function readContentEncoding(request: S3Request): string | undefined {
  const header = request.header('content-encoding');
  if (header === undefined || !/aws-chunked/i.test(header)) return header;
  const codings = header.split(',').map((coding) => coding.trim());
  return codings.filter((coding) => coding.toLowerCase() !== 'aws-chunked').join(', ');
}

/**
 * The headers by which an object is given back. What a read may add has its place from the start, `undefined` until there is
 * something to say: objects of one shape are several times quicker to make and to send.
 */
export function attributeHeaders(record: ObjectRecord): Record<string, string | undefined> {
  const { headers: kept, metadata, tags } = record;
  const headers: Record<string, string | undefined> = {
    'cache-control': kept['cache-control'],
    'content-disposition': kept['content-disposition'],
    'content-encoding': kept['content-encoding'],
    'content-language': kept['content-language'],
    'content-type': kept['content-type'],
    expires: kept.expires,
    'x-amz-website-redirect-location': kept['x-amz-website-redirect-location'],
    etag: quoteEtag(record.etag),
    'last-modified': new Date(record.modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
    'content-range': undefined,
    'content-security-policy': undefined,
    'x-content-type-options': undefined,
  };
  let missing = 0;
  for (const name of Object.keys(metadata)) {
    if (isHeaderName(metadataPrefix + name)) headers[metadataPrefix + name] = metadata[name];
    else missing++;
  }
  // As S3 reports entries that no header can name; older versions took some from forms.
  if (missing > 0) headers['x-amz-missing-meta'] = String(missing);
  if (tags !== undefined) headers['x-amz-tagging-count'] = String(tags.length);
  return headers;
}
