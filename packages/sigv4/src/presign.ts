import {
  algorithm,
  formatCanonicalQuery,
  formatCanonicalRequest,
  formatStringToSign,
} from './canonical-request.ts';
import { encodeUriComponentS3 } from './encode.ts';
import {
  canonicalHeaders,
  encodePath,
  encodeQuery,
  type OutgoingRequest,
  parseEndpoint,
} from './outgoing-request.ts';
import { unsignedPayload } from './payload-hash.ts';
import { maxExpiresInSeconds, minExpiresInSeconds, queryParameters } from './query-parameters.ts';
import type { EncodedPair } from './request-target.ts';
import { computeSignature } from './signature.ts';
import type { SigningIdentity } from './signing-identity.ts';

export interface PresignInput extends OutgoingRequest {
  /** An integer from 1 to 604800, counted from `at`. */
  readonly expiresInSeconds: number;
  /** The moment the URL is valid from, to the second. */
  readonly at: Date;
}

/**
 * Makes a URL that carries its own signature, for a body not known yet (`UNSIGNED-PAYLOAD`).
 *
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

/** A second `X-Amz-Expires` would be refused by the server, or worse, honoured. */
function refuseReservedNames(query: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(query)) {
    if (!reservedNames.has(name.toLowerCase())) continue;
    throw new TypeError(`query parameter ${name} is not for the caller to set`);
  }
}

const reservedNames = new Set(Object.values(queryParameters).map((name) => name.toLowerCase()));
