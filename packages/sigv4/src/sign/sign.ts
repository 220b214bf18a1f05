import {
  algorithm,
  checkPayloadHash,
  formatCanonicalQuery,
  formatCanonicalRequest,
  formatStringToSign,
} from '../canonical-request.ts';
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
