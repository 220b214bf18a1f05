import { quoteEtag } from '@bkend/http';
import { S3Error } from '../errors/s3-error.ts';
import { assertHeaderText, isHeaderName } from '../http/header-text.ts';
import type { ObjectAttributes, ObjectRecord, Tags } from '../index/records.ts';
import type { S3Request } from './operation.ts';
import { parseTagging } from './tags.ts';

/** Headers that are stored with an object and returned with it. */
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
 * Reads the headers, metadata and tags of a new object.
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

/** Reads `x-amz-tagging`; undefined without tags. @throws S3Error `InvalidTag`, `InvalidArgument` */
export function readTags(request: S3Request): Tags | undefined {
  const header = request.header('x-amz-tagging');
  const tags = header === undefined ? [] : parseTagging(header);
  return tags.length === 0 ? undefined : tags;
}

/** Removes `aws-chunked`, which describes the request, not the object; the rest stays as it was written. */
function readContentEncoding(request: S3Request): string | undefined {
  const header = request.header('content-encoding');
  if (header === undefined || !/aws-chunked/i.test(header)) return header;
  const codings = header.split(',').map((coding) => coding.trim());
  return codings.filter((coding) => coding.toLowerCase() !== 'aws-chunked').join(', ');
}

/**
 * Headers of an object in an answer. Headers that a read may add are there from the start, `undefined` until they are
 * set: objects of one hidden class are several times quicker to make and to send.
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
    'last-modified': lastModified(record),
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

/** Dates of records that are in memory: to write one out takes longer than the rest of the head. */
const writtenDates = new WeakMap<ObjectRecord, string>();

/** Last-Modified, as HTTP writes dates (RFC 9110 §5.6.7). */
export function lastModified(record: ObjectRecord): string {
  let date = writtenDates.get(record);
  if (date === undefined) {
    date = new Date(record.modifiedAt).toUTCString();
    writtenDates.set(record, date);
  }
  return date;
}
