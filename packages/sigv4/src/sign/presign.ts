import {
  algorithm,
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
import { computeSignature } from '../signing-key.ts';
import {
  canonicalHeaders,
  encodePath,
  encodeQuery,
  type OutgoingRequest,
  parseEndpoint,
} from './outgoing-request.ts';
import type { SigningIdentity } from './sign.ts';

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
