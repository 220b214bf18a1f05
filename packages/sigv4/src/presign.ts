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
import { maxExpiresInSeconds } from './read-query-signature.ts';
import { computeSignature } from './signature.ts';
import type { SigningIdentity } from './signing-identity.ts';

export interface PresignInput extends OutgoingRequest {
  /** 1 to 604800, counted from `at`. */
  readonly expiresInSeconds: number;
  /** The moment the URL is valid from. */
  readonly at: Date;
}

/**
 * Makes a URL that carries its own signature, for a body not known yet (`UNSIGNED-PAYLOAD`).
 *
 * @throws TypeError, RangeError for input that cannot be signed.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function presign(identity: SigningIdentity, input: PresignInput): string {
  const { expiresInSeconds } = input;
  if (!Number.isInteger(expiresInSeconds) || expiresInSeconds < 1 || expiresInSeconds > maxExpiresInSeconds) {
    throw new RangeError(`expiresInSeconds must be an integer from 1 to ${maxExpiresInSeconds}`);
  }
  const { origin, host } = parseEndpoint(input.endpoint);
  const { signingKey, timestamp, scope } = identity.contextAt(input.at);
  const headers = canonicalHeaders(host, input.headers ?? {});
  const signedHeaders = [...headers.keys()].sort();
  const query = encodeQuery(input.query ?? {});
  for (const [name] of query) {
    if (reserved.has(name.toLowerCase())) throw new TypeError(`${name} is set by presign itself`);
  }
  query.push(
    ['X-Amz-Algorithm', algorithm],
    ['X-Amz-Credential', encodeUriComponentS3(`${identity.accessKeyId}/${scope}`)],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresInSeconds)],
    ['X-Amz-SignedHeaders', signedHeaders.join('%3B')],
  );
  if (identity.sessionToken !== undefined) {
    query.push(['X-Amz-Security-Token', encodeUriComponentS3(identity.sessionToken)]);
  }
  const target = { path: encodePath(input.path), query };
  const canonicalRequest = formatCanonicalRequest({
    method: input.method,
    target,
    signedHeaders,
    headers,
    payloadHash: unsignedPayload,
  });
  const signature = computeSignature(signingKey, formatStringToSign(timestamp, scope, canonicalRequest));
  return `${origin}${target.path}?${formatCanonicalQuery(query)}&X-Amz-Signature=${signature}`;
}

const reserved = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);
