import {
  algorithm,
  checkPayloadHash,
  formatCanonicalQuery,
  formatCanonicalRequest,
  formatStringToSign,
  unsignedPayload,
} from '../canonical-request.ts';
import { encodeUriComponentS3 } from '../encode.ts';
import {
  type EncodedPair,
  maxExpiresInSeconds,
  minExpiresInSeconds,
  queryParameters,
} from '../request-target.ts';
import { computeSignature, type SigningContext } from '../signing-key.ts';
import {
  canonicalHeaders,
  encodePath,
  encodeQuery,
  type OutgoingRequest,
  parseEndpoint,
} from './outgoing-request.ts';

/** An access key: a permanent one, or a temporary one with a session token. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** The signer's access key, and its signing key at a given instant. */
export interface SigningIdentity {
  readonly credentials: Credentials;
  readonly contextAt: (at: Date) => SigningContext;
}

export interface SignInput extends OutgoingRequest {
  /** Lower-case hex SHA-256 of the body, or one of S3's constants, such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
  /** The instant of signing, to the second. */
  readonly at: Date;
}

/**
 * Signs a request in its `Authorization` header.
 *
 * @returns the headers to send, names in lower case: those given, and `x-amz-date`, `x-amz-content-sha256`,
 *   `x-amz-security-token` (with a session token) and `authorization`. The HTTP client adds `host` itself.
 * @throws TypeError or URIError for input that cannot be signed, such as a header given twice; SignatureError
 *   `InvalidArgument` for a bad `payloadHash`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 */
export function sign(identity: SigningIdentity, input: SignInput): Record<string, string> {
  const { method, payloadHash } = input;
  const { host } = parseEndpoint(input.endpoint);
  const { signingKey, timestamp, scope } = identity.contextAt(input.at);
  const { accessKeyId, sessionToken } = identity.credentials;

  const toSend: [name: string, value: string][] = [
    ...Object.entries(input.headers ?? {}),
    ['x-amz-content-sha256', checkPayloadHash(payloadHash)],
    ['x-amz-date', timestamp],
  ];
  if (sessionToken !== undefined) toSend.push(['x-amz-security-token', sessionToken]);
  const headers = canonicalHeaders(host, toSend);
  if (headers.has('authorization')) throw new TypeError('header authorization is set by sign itself');

  const signedHeaders = [...headers.keys()].sort();
  const canonicalRequest = formatCanonicalRequest({
    method,
    path: encodePath(input.path),
    query: formatCanonicalQuery(encodeQuery(input.query ?? {})),
    headers,
    signedHeaders,
    payloadHash,
  });
  const signature = computeSignature(signingKey, formatStringToSign(timestamp, scope, canonicalRequest));
  const authorization = [
    `${algorithm} Credential=${accessKeyId}/${scope}`,
    `SignedHeaders=${signedHeaders.join(';')}`,
    `Signature=${signature}`,
  ];
  toSend.push(['authorization', authorization.join(', ')]);
  return Object.fromEntries(toSend.map(([name, value]) => [name.toLowerCase(), value]));
}

export interface PresignInput extends OutgoingRequest {
  /** Life of the URL: an integer from 1 to 604800, counted from `at`. */
  readonly expiresInSeconds: number;
  /** The instant from which the URL is valid, to the second. */
  readonly at: Date;
}

/**
 * Creates a presigned URL, which carries its own signature and leaves the body unsigned (`UNSIGNED-PAYLOAD`).
 *
 * @returns the URL; its holder sends `input.method` with exactly the headers of `input.headers`.
 * @throws TypeError, RangeError or URIError for input that cannot be signed.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function presign(identity: SigningIdentity, input: PresignInput): string {
  const { method, query = {}, expiresInSeconds } = input;
  checkExpires(expiresInSeconds);
  refuseReservedNames(query);
  const { origin, host } = parseEndpoint(input.endpoint);
  const { signingKey, timestamp, scope } = identity.contextAt(input.at);
  const { accessKeyId, sessionToken } = identity.credentials;

  const path = encodePath(input.path);
  const headers = canonicalHeaders(host, Object.entries(input.headers ?? {}));
  const signedHeaders = [...headers.keys()].sort();
  const pairs: EncodedPair[] = [
    ...encodeQuery(query),
    [queryParameters.algorithm, algorithm],
    [queryParameters.credential, encodeUriComponentS3(`${accessKeyId}/${scope}`)],
    [queryParameters.date, timestamp],
    [queryParameters.expires, String(expiresInSeconds)],
    [queryParameters.signedHeaders, encodeUriComponentS3(signedHeaders.join(';'))],
  ];
  if (sessionToken !== undefined) {
    pairs.push([queryParameters.securityToken, encodeUriComponentS3(sessionToken)]);
  }
  const canonicalQuery = formatCanonicalQuery(pairs);
  const canonicalRequest = formatCanonicalRequest({
    method,
    path,
    query: canonicalQuery,
    headers,
    signedHeaders,
    payloadHash: unsignedPayload,
  });
  const signature = computeSignature(signingKey, formatStringToSign(timestamp, scope, canonicalRequest));
  return `${origin}${path}?${canonicalQuery}&${queryParameters.signature}=${signature}`;
}

function checkExpires(expiresInSeconds: number): void {
  const isInRange = expiresInSeconds >= minExpiresInSeconds && expiresInSeconds <= maxExpiresInSeconds;
  if (Number.isInteger(expiresInSeconds) && isInRange) return;
  const range = `${minExpiresInSeconds} to ${maxExpiresInSeconds}`;
  throw new RangeError(`expiresInSeconds must be an integer from ${range}, not ${expiresInSeconds}`);
}

/** The server would refuse a second `X-Amz-Expires`, or worse, obey it. */
function refuseReservedNames(query: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(query)) {
    if (!reservedNames.has(name.toLowerCase())) continue;
    throw new TypeError(`query parameter ${name} is set by presign itself`);
  }
}

const reservedNames = new Set(Object.values(queryParameters).map((name) => name.toLowerCase()));
