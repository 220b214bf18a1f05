import { algorithm, checkPayloadHash, type HeaderMap, unsignedPayload } from '../canonical-request.ts';
import { decodeUriComponentS3 } from '../encode.ts';
import {
  type EncodedPair,
  maxExpiresInSeconds,
  minExpiresInSeconds,
  queryParameters,
} from '../request-target.ts';
import { SignatureError, unsupportedMechanism } from '../signature-error.ts';
import { type AmzDate, checkLifetime, checkSkew, formatAmzDate, parseAmzDate } from '../signing-time.ts';
import { type Credential, checkCredential, type VerifyOptions } from './authenticate.ts';

/** A signature as a request presents it: well-formed and meant for this endpoint and time, not yet authenticated. */
export interface PresentedSignature {
  readonly kind: 'header' | 'query';
  readonly credential: Credential;
  readonly timestamp: AmzDate;
  /** As announced: `host;x-amz-date`. */
  readonly signedHeaders: string;
  readonly signature: string;
  readonly payloadHash: string;
  readonly sessionToken: string | undefined;
  /** Last valid instant of a presigned URL. */
  readonly expiresAt?: Date;
}

/**
 * Reads `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` and the headers that
 * belong to it. Faults are reported in S3's own order.
 *
 * @throws SignatureError `InvalidArgument`, `InvalidRequest`, `AccessDenied`, `RequestTimeTooSkewed`,
 *   `AuthorizationHeaderMalformed`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 */
export function readHeaderSignature(headers: HeaderMap, options: VerifyOptions): PresentedSignature {
  const parameters = checkScheme(headers.get('authorization') ?? '');
  const payloadHash = headers.get('x-amz-content-sha256');
  if (payloadHash === undefined) {
    const message = 'Missing required header for this request: x-amz-content-sha256';
    throw new SignatureError('InvalidRequest', message);
  }
  checkPayloadHash(payloadHash);
  const { signedAt, timestamp } = readDate(headers);
  checkSkew(signedAt, options);
  const { credential, signedHeaders, signature } = parseParameters(parameters);
  const checkedCredential = checkCredential(credential, options, malformed);
  if (!timestamp.startsWith(checkedCredential.date)) {
    throw malformed('Invalid credential date. Date is not the same as X-Amz-Date.');
  }
  return {
    kind: 'header',
    credential: checkedCredential,
    timestamp,
    signedHeaders,
    signature,
    payloadHash,
    sessionToken: headers.get('x-amz-security-token'),
  };
}

/** Returns what follows the scheme, which is case-insensitive (RFC 9110 §11.1). */
function checkScheme(authorization: string): string {
  const details = { ArgumentName: 'Authorization', ArgumentValue: authorization };
  const space = authorization.indexOf(' ');
  if (space < 0) {
    const message = "Authorization header is invalid -- one and only one ' ' (space) required";
    throw new SignatureError('InvalidArgument', message, details);
  }
  const scheme = authorization.slice(0, space).toUpperCase();
  if (scheme === 'AWS') throw unsupportedMechanism();
  if (scheme !== algorithm) {
    throw new SignatureError('InvalidArgument', 'Unsupported Authorization Type', details);
  }
  return authorization.slice(space + 1);
}

function parseParameters(text: string): { credential: string; signedHeaders: string; signature: string } {
  const parameters = new Map<string, string>();
  for (const part of text.split(',')) {
    const [, name = '', value = ''] = /^ *(Credential|SignedHeaders|Signature)=([^ ]*) *$/.exec(part) ?? [];
    if (name === '' || parameters.has(name)) {
      throw malformed(`the authorization component "${part.trim()}" is malformed.`);
    }
    parameters.set(name, value);
  }
  const credential = parameters.get('Credential');
  const signedHeaders = parameters.get('SignedHeaders');
  const signature = parameters.get('Signature');
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw malformed(
      'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    );
  }
  return { credential, signedHeaders, signature };
}

/** `x-amz-date`, or in its absence `Date`, which may also be spelled as in mail and HTTP (RFC 5322 §3.3, RFC 9110 §5.6.7). */
function readDate(headers: HeaderMap): { readonly signedAt: Date; readonly timestamp: AmzDate } {
  const amzDate = headers.get('x-amz-date');
  const signedAt = amzDate === undefined ? parseDate(headers.get('date') ?? '') : parseAmzDate(amzDate);
  if (signedAt === undefined) {
    const message = 'AWS authentication requires a valid Date or x-amz-date header';
    throw new SignatureError('AccessDenied', message);
  }
  return { signedAt, timestamp: amzDate ?? formatAmzDate(signedAt) };
}

function parseDate(text: string): Date | undefined {
  if (!/^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|[+-]\d{4})$/.test(text)) {
    return parseAmzDate(text);
  }
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function malformed(reason: string, details?: Readonly<Record<string, string>>): SignatureError {
  const message = `The authorization header is malformed; ${reason}`;
  return new SignatureError('AuthorizationHeaderMalformed', message, details);
}

/**
 * Reads the `X-Amz-*` parameters of a presigned URL. Faults are reported in S3's own order.
 *
 * @param query without repeated `X-Amz-*` parameters.
 * @throws SignatureError `AuthorizationQueryParametersError`, `AccessDenied`, `InvalidArgument`, `InvalidURI`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function readQuerySignature(
  query: readonly EncodedPair[],
  headers: HeaderMap,
  options: VerifyOptions,
): PresentedSignature {
  const encoded = new Map(query);
  const find = (name: string) => {
    const value = encoded.get(name);
    return value === undefined ? undefined : decodeUriComponentS3(value);
  };
  const get = (name: string) => find(name) || missing();

  if (get(queryParameters.algorithm) !== algorithm) {
    throw invalid(`X-Amz-Algorithm only supports "${algorithm}"`);
  }
  const credential = get(queryParameters.credential);
  const signature = get(queryParameters.signature);
  const timestamp = get(queryParameters.date);
  const signedHeaders = get(queryParameters.signedHeaders);
  const expires = get(queryParameters.expires);

  const signedAt = parseAmzDate(timestamp);
  if (signedAt === undefined) {
    throw invalid(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  const expiresAt = checkLifetime({ signedAt, expiresInSeconds: parseExpires(expires) }, options);
  const checkedCredential = checkCredential(credential, options, (reason, details) =>
    invalid(`Error parsing the X-Amz-Credential parameter; ${reason}`, details),
  );
  const { date } = checkedCredential;
  if (!timestamp.startsWith(date)) {
    const dateOfTimestamp = timestamp.slice(0, 8);
    throw invalid(
      `Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${dateOfTimestamp}".`,
    );
  }
  return {
    kind: 'query',
    credential: checkedCredential,
    timestamp,
    signedHeaders,
    signature,
    payloadHash: choosePayloadHash(find('X-Amz-Content-Sha256'), headers.get('x-amz-content-sha256')),
    sessionToken: find(queryParameters.securityToken) ?? headers.get('x-amz-security-token'),
    expiresAt,
  };
}

function parseExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) throw invalid('X-Amz-Expires should be a number');
  const expiresInSeconds = Number(text);
  if (expiresInSeconds < 0) throw invalid('X-Amz-Expires must be non-negative');
  if (expiresInSeconds < minExpiresInSeconds) throw invalid('X-Amz-Expires must be at least 1 second');
  if (expiresInSeconds > maxExpiresInSeconds) {
    throw invalid(
      'X-Amz-Expires must be less than a week (in seconds); ' +
        `that is, the given X-Amz-Expires must be less than ${maxExpiresInSeconds} seconds`,
    );
  }
  return expiresInSeconds;
}

/**
 * A URL is made before its body is known, so the payload is unsigned unless the signer announced a hash. A hash
 * announced later by another party breaks the signature, since the hash is part of the canonical request.
 */
function choosePayloadHash(inQuery: string | undefined, inHeader: string | undefined): string {
  if (inQuery !== undefined && inHeader !== undefined && inQuery !== inHeader) {
    const message = 'x-amz-content-sha256 must be the same in the query and in the header.';
    const details = { ArgumentName: 'x-amz-content-sha256', ArgumentValue: inHeader };
    throw new SignatureError('InvalidArgument', message, details);
  }
  return checkPayloadHash(inQuery ?? inHeader ?? unsignedPayload);
}

function missing(): never {
  throw invalid(
    'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, ' +
      'X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
  );
}

function invalid(message: string, details?: Readonly<Record<string, string>>): SignatureError {
  return new SignatureError('AuthorizationQueryParametersError', message, details);
}
