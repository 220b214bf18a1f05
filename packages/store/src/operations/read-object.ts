import { quoteEtag, requestedRange } from '@bkend/http';
import { checksumHeaders } from '../checksums/expected-digests.ts';
import { S3Error } from '../errors/s3-error.ts';
import { assertHeaderText, toHeaderBytes } from '../http/header-text.ts';
import { emptyReply, type Reply } from '../http/reply.ts';
import type { ObjectRecord, PartRecord } from '../index/records.ts';
import type { StoredObject } from '../index/store-index.ts';
import { findManifest, getObject, readObject } from '../objects/get-object.ts';
import { type ByteSpan, ObjectReader } from '../objects/object-reader.ts';
import type { StoreDeps } from '../objects/store-deps.ts';
import { attributeHeaders, lastModified } from './object-attributes.ts';
import type { ObjectRequest, Operation } from './operation.ts';
import { assertNullVersion } from './parameters.ts';
import { isNotModified, readConditions } from './read-conditions.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getObjectOperation: Operation<ObjectRequest> = {
  name: 'GetObject',
  access: 'read',
  run({ store }, request) {
    const object = readObject(store, request.target);
    const reply = describeObject(store, request, object.record);
    if ('status' in reply) return reply;
    const { status, headers } = reply.head;
    // Written out: of a spread the engine makes a new kind of object each time.
    return { status, headers, body: openBody(store, object, reply.span) };
  },
};

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export const headObjectOperation: Operation<ObjectRequest> = {
  name: 'HeadObject',
  access: 'read',
  run({ store }, request) {
    const reply = describeObject(store, request, getObject(store, request.target));
    if ('status' in reply) return reply;
    const { status, headers } = reply.head;
    return { status, headers, body: { kind: 'omitted', omittedBytes: reply.span.end - reply.span.start } };
  },
};

function openBody(
  store: StoreDeps,
  { record, bytes }: StoredObject,
  span: ByteSpan,
): NonNullable<Reply['body']> {
  if (bytes === undefined) return { kind: 'object', reader: ObjectReader.open(store, record), span };
  // The usual request is for the whole: a view of it would be one more object to collect each time.
  const isWhole = span.start === 0 && span.end === bytes.length;
  return { kind: 'bytes', bytes: isWhole ? bytes : bytes.subarray(span.start, span.end) };
}

function describeObject(
  store: StoreDeps,
  request: ObjectRequest,
  record: ObjectRecord,
):
  | Reply
  | { readonly head: Reply & { headers: Record<string, string | undefined> }; readonly span: ByteSpan } {
  assertNullVersion(request);
  if (isNotModified(readConditions(request), record)) {
    const { headers } = record;
    return emptyReply(304, {
      etag: quoteEtag(record.etag),
      'last-modified': lastModified(record),
      'cache-control': headers['cache-control'],
      expires: headers.expires,
    });
  }
  const part = findPart(store, request, record);
  // Zero bytes have no range that Content-Range could state.
  const partSpan = record.sizeBytes === 0 ? undefined : part?.span;
  const ranged = partSpan ?? findRange(request, record);
  const span = ranged ?? { start: 0, end: record.sizeBytes };
  const headers = attributeHeaders(record);
  overrideHeaders(headers, request);
  if (part !== undefined && 'partCount' in record.content) {
    headers['x-amz-mp-parts-count'] = String(record.content.partCount);
  }
  const isWhole = ranged === undefined;
  if (!isWhole) headers['content-range'] = `bytes ${span.start}-${span.end - 1}/${record.sizeBytes}`;
  if ((isWhole || part !== undefined) && request.header('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED') {
    Object.assign(headers, checksumHeaders(part === undefined ? record.checksum : part.checksum));
  }
  addContentSafety(headers);
  return { head: { status: isWhole ? 200 : 206, headers }, span };
}

/** @throws S3Error `InvalidRange` for a range behind the end */
function findRange(request: ObjectRequest, record: ObjectRecord): ByteSpan | undefined {
  const range = request.header('range');
  if (range === undefined) return undefined;
  const { sizeBytes, modifiedAt } = record;
  const found = requestedRange(
    { range, ifRange: request.header('if-range') },
    { etag: quoteEtag(record.etag), sizeBytes, modifiedAt },
  );
  if (found === 'unsatisfiable') {
    throw new S3Error('InvalidRange', undefined, {
      RangeRequested: range,
      ActualObjectSize: String(sizeBytes),
    });
  }
  return found && { start: found.first, end: found.last + 1 };
}

/** One of the parts an object was uploaded in. */
interface FoundPart {
  readonly span: ByteSpan;
  readonly checksum: PartRecord['checksum'];
}

/** Finds the part that `?partNumber=n` names; undefined without that parameter. */
function findPart(store: StoreDeps, request: ObjectRequest, record: ObjectRecord): FoundPart | undefined {
  const text = request.target.query.get('partNumber');
  if (text === undefined) return undefined;
  const wanted = Number(text);
  if (!/^\d{1,5}$/.test(text) || wanted < 1 || wanted > 10_000) {
    throw new S3Error('InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive');
  }
  if (request.header('range') !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  }
  const parts = findManifest(store, record) ?? [{ content: record, checksum: record.checksum }];
  const part = parts[wanted - 1];
  if (part === undefined) throw new S3Error('InvalidPartNumber');
  const start = parts.slice(0, wanted - 1).reduce((sum, { content }) => sum + content.sizeBytes, 0);
  return { span: { start, end: start + part.content.sizeBytes }, checksum: part.checksum };
}

/** Headers that the parameters `response-…` of a request may replace. */
const overridable: ReadonlySet<string> = new Set([
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]);

const override = 'response-';

/** @throws S3Error `InvalidArgument` for a header that may not be replaced, or a value no header can have */
function overrideHeaders(headers: Record<string, string | undefined>, request: ObjectRequest): void {
  for (const [parameter, value] of request.target.query) {
    if (!parameter.startsWith(override)) continue;
    const name = parameter.slice(override.length);
    if (!overridable.has(name)) {
      throw new S3Error(
        'InvalidArgument',
        `${parameter} is not in the set of overridable response headers.`,
        { ArgumentName: parameter, ArgumentValue: value },
      );
    }
    const bytes = toHeaderBytes(value);
    assertHeaderText(parameter, bytes);
    headers[name] = bytes;
  }
}

/** Types in which a browser would run scripts: HTML, SVG, and XML of any kind, which may become either. */
const activeType =
  /^\s*(?:text\/html|text\/xml|text\/xsl|[^;]*\bxml\b|[^;]*\+xml|text\/cache-manifest|multipart\/)/i;

/**
 * Keeps what strangers uploaded from acting on behalf of this origin.
 *
 * @param headers of the answer, to which more are added
 * @see https://www.w3.org/TR/CSP3/#directive-sandbox
 */
export function addContentSafety(headers: Record<string, string | undefined>): void {
  headers['x-content-type-options'] = 'nosniff';
  if (!activeType.test(headers['content-type'] ?? '')) return;
  const isAttachment = /^\s*attachment\b/i.test(headers['content-disposition'] ?? '');
  if (!isAttachment) headers['content-security-policy'] = 'sandbox';
}
