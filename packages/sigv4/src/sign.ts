import { algorithm, formatCanonicalRequest, formatStringToSign } from './canonical-request.ts';
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
 * @throws TypeError for input that cannot be signed; SignatureError `InvalidArgument` for a bad `payloadHash`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 */
export function sign(identity: SigningIdentity, input: SignInput): Record<string, string> {
  const { host } = parseEndpoint(input.endpoint);
  const { signingKey, timestamp, scope } = identity.contextAt(input.at);
  const toSend = {
    ...lowerCaseNames(input.headers ?? {}),
    'x-amz-content-sha256': checkPayloadHash(input.payloadHash),
    'x-amz-date': timestamp,
    ...(identity.sessionToken !== undefined && { 'x-amz-security-token': identity.sessionToken }),
  };
  const headers = canonicalHeaders(host, toSend);
  const signedHeaders = [...headers.keys()].sort();
  const canonicalRequest = formatCanonicalRequest({
    method: input.method,
    target: { path: encodePath(input.path), query: encodeQuery(input.query ?? {}) },
    signedHeaders,
    headers,
    payloadHash: input.payloadHash,
  });
  const signature = computeSignature(signingKey, formatStringToSign(timestamp, scope, canonicalRequest));
  const credential = `${identity.accessKeyId}/${scope}`;
  return {
    ...toSend,
    authorization: `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`,
  };
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
