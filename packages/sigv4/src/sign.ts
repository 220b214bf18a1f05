import {
  algorithm,
  formatCanonicalQuery,
  formatCanonicalRequest,
  formatStringToSign,
} from './canonical-request.ts';
import {
  canonicalHeaders,
  encodePath,
  encodeQuery,
  type OutgoingRequest,
  parseEndpoint,
} from './outgoing-request.ts';
import { checkPayloadHash } from './payload-hash.ts';
import { computeSignature } from './signature.ts';
import type { SigningIdentity } from './signing-identity.ts';

export interface SignInput extends OutgoingRequest {
  /** Lower-case hex SHA-256 of the body, or one of S3's constants, such as `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
  readonly at: Date;
}

/**
 * Signs a request in its `Authorization` header.
 *
 * @returns the headers to send, names in lower case: those given, and `x-amz-date`, `x-amz-content-sha256`,
 *   `x-amz-security-token` (with a session token) and `authorization`. `host` is left to the HTTP client.
 * @throws TypeError or URIError for input that cannot be signed, a header given twice among it; SignatureError
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
  if (headers.has('authorization')) throw new TypeError('header authorization is what sign makes');

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
