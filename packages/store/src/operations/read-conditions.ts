import { matchesStrongly, matchesWeakly, quoteEtag } from '@bkend/http';
import { S3Error } from '../errors/s3-error.ts';
import type { ObjectRecord } from '../index/records.ts';
import type { WriteConditions } from '../objects/write-conditions.ts';
import type { S3Request } from './operation.ts';

/** The four condition headers, as sent with GET and HEAD, or under other names with a copy. */
export interface ReadConditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
  readonly ifUnmodifiedSince: string | undefined;
}

/** @param prefix of the header names, such as `x-amz-copy-source-` */
export function readConditions(request: S3Request, prefix = ''): ReadConditions {
  return {
    ifMatch: request.header(`${prefix}if-match`),
    ifNoneMatch: request.header(`${prefix}if-none-match`),
    ifModifiedSince: request.header(`${prefix}if-modified-since`),
    ifUnmodifiedSince: request.header(`${prefix}if-unmodified-since`),
  };
}

/**
 * Evaluates conditions in the order of RFC 9110 §13.2.2. Dates that cannot be read are passed over.
 *
 * @returns whether the client has the object already
 * @throws S3Error `PreconditionFailed`
 */
export function isNotModified(conditions: ReadConditions, record: ObjectRecord): boolean {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  // Dates of HTTP have no fractions of a second.
  const modifiedSeconds = Math.floor(record.modifiedAt / 1000);
  if (ifMatch !== undefined) {
    if (!matchesStrongly(ifMatch, quoteEtag(record.etag))) throw failed('If-Match');
  } else if (ifUnmodifiedSince !== undefined && modifiedSeconds > secondsOf(ifUnmodifiedSince)) {
    throw failed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) return matchesWeakly(ifNoneMatch, quoteEtag(record.etag));
  return ifModifiedSince !== undefined && modifiedSeconds <= secondsOf(ifModifiedSince);
}

/**
 * The conditions of a PUT, a copy or a Complete.
 *
 * @throws S3Error `NotImplemented` for an If-None-Match that names a tag: S3 knows only `*` with writes
 */
export function readWriteConditions(request: S3Request): WriteConditions {
  const ifMatch = request.header('if-match');
  const ifNoneMatch = request.header('if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new S3Error('NotImplemented', undefined, { Header: 'If-None-Match' });
  }
  return { ...(ifMatch !== undefined && { ifMatch }), ...(ifNoneMatch !== undefined && { ifNoneMatch }) };
}

/** The conditions of a DELETE; of a batch delete they stand in its document. */
export function readDeleteConditions(find: {
  readonly ifMatch: string | undefined;
  readonly modifiedAt: string | undefined;
  readonly size: string | undefined;
}): WriteConditions {
  const { ifMatch, modifiedAt, size } = find;
  return {
    ...(ifMatch !== undefined && { ifMatch }),
    ...(modifiedAt !== undefined && { ifModifiedAtSeconds: secondsOf(modifiedAt) }),
    ...(size !== undefined && { ifSizeBytes: size === '' ? Number.NaN : Number(size) }),
  };
}

/** NaN for what is no date; every comparison with it is false. */
function secondsOf(date: string): number {
  return Math.floor(Date.parse(date) / 1000);
}

function failed(condition: string): S3Error {
  return new S3Error('PreconditionFailed', undefined, { Condition: condition });
}
