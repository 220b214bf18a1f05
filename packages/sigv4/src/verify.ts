import { authenticate } from './authenticate.ts';
import { formatCanonicalQuery, formatCanonicalRequest, formatStringToSign } from './canonical-request.ts';
import { checkSignedHeaders } from './check-signed-headers.ts';
import type { ChunkSigning } from './chunk.ts';
import { formatScope } from './credential-scope.ts';
import { collectHeaders, type HeaderMap } from './headers.ts';
import { checkPayloadHash, signedStreams, unsignedPayload } from './payload-hash.ts';
import type { PresentedSignature } from './presented-signature.ts';
import { queryParameters } from './query-parameters.ts';
import { readHeaderSignature } from './read-header-signature.ts';
import { readQuerySignature } from './read-query-signature.ts';
import { type EncodedPair, parseRequestTarget, type RequestTarget } from './request-target.ts';
import { SignatureError, unsupportedMechanism } from './signature-error.ts';
import type { VerifyOptions } from './verify-options.ts';

/** A request as Node's HTTP server received it. */
export interface ReceivedRequest {
  readonly method: string;
  /** `req.url`, untouched. */
  readonly rawUrl: string;
  /** `req.rawHeaders`, untouched. */
  readonly rawHeaders: readonly string[];
}

export interface VerifiedRequest {
  /** `anonymous`: no signature was given at all. What that may do is for the caller to decide. */
  readonly kind: 'header' | 'query' | 'anonymous';
  /** Whose signature it is; absent if `anonymous`. */
  readonly accessKeyId?: string;
  /** A session token that was signed along. Nothing here judges it. */
  readonly sessionToken?: string;
  /** The path and query that were authenticated; read the bucket, key and parameters from here. */
  readonly target: RequestTarget;
  /** Names in lower case. Only these are the signer's own words. */
  readonly signedHeaders: ReadonlySet<string>;
  /**
   * Lower-case hex SHA-256, `UNSIGNED-PAYLOAD` or `STREAMING-…`. Unless `anonymous` it is authenticated; the
   * body itself is not, until whoever reads it has held it against this.
   */
  readonly payloadHash: string;
  /** For `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` and its `-TRAILER` form, unless `anonymous`. */
  readonly chunkSigning?: ChunkSigning;
  /** The last moment it is good, of a presigned URL. */
  readonly expiresAt?: Date;
}

/**
 * Authenticates a request. To be called first, before anything has looked at the body.
 *
 * @returns who signed, what was signed, and what the body has to be.
 * @throws SignatureError with S3's code, status and message.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
export function verifyRequest(request: ReceivedRequest, options: VerifyOptions): VerifiedRequest {
  const target = parseRequestTarget(request.rawUrl);
  const headers = collectHeaders(request.rawHeaders, target.authority);
  const presented = readSignature(target.query, headers, options);
  if (presented === undefined) {
    const payloadHash = checkPayloadHash(headers.get('x-amz-content-sha256') ?? unsignedPayload);
    return { kind: 'anonymous', target, signedHeaders: new Set(), payloadHash };
  }

  const { kind, credential, timestamp, signature, payloadHash, sessionToken, expiresAt } = presented;
  const signedHeaders = checkSignedHeaders(presented.signedHeaders, headers);
  const canonicalRequest = formatCanonicalRequest({
    method: request.method,
    path: target.path,
    query: formatCanonicalQuery(target.query.filter(isSigned)),
    headers,
    signedHeaders,
    payloadHash,
  });
  const scope = formatScope(credential);
  const stringToSign = formatStringToSign(timestamp, scope, canonicalRequest);
  const signingKey = authenticate({ credential, stringToSign, signature, canonicalRequest }, options);

  return {
    kind,
    accessKeyId: credential.accessKeyId,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(expiresAt !== undefined && { expiresAt }),
    target,
    signedHeaders: new Set(signedHeaders),
    payloadHash,
    ...(signedStreams.has(payloadHash) && {
      chunkSigning: { signingKey, timestamp, scope, seedSignature: signature },
    }),
  };
}

function isSigned([name]: EncodedPair): boolean {
  return name !== queryParameters.signature;
}

/** Finds the one signature of a request; undefined if it has none. */
function readSignature(
  query: readonly EncodedPair[],
  headers: HeaderMap,
  options: VerifyOptions,
): PresentedSignature | undefined {
  const { inQuery, inQueryV2 } = findInQuery(query);
  const authorization = headers.get('authorization') ?? '';
  const inHeader = authorization !== '';
  if (Number(inHeader) + Number(inQuery) + Number(inQueryV2) > 1) {
    throw new SignatureError(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, ' +
        'Signature query string parameter or the Authorization header should be specified',
      { ArgumentName: 'Authorization', ArgumentValue: authorization },
    );
  }
  if (inHeader) return readHeaderSignature(headers, options);
  if (inQuery) return readQuerySignature(query, headers, options);
  if (inQueryV2) throw unsupportedMechanism();
  return undefined;
}

/**
 * Any of these, in whatever case, shows the wish to be authenticated. A request that has one must not pass for
 * anonymous because the others are missing or misspelt.
 */
const v4Parameters = new Set(
  [
    queryParameters.algorithm,
    queryParameters.credential,
    queryParameters.signedHeaders,
    queryParameters.signature,
  ].map((name) => name.toLowerCase()),
);

const v2Parameters = new Set(['AWSAccessKeyId', 'Signature']);

/**
 * Looks which signatures a query shows. `X-Amz-…` parameters may not be repeated: of two values one would be authenticated
 * and the other perhaps used.
 */
function findInQuery(query: readonly EncodedPair[]): { inQuery: boolean; inQueryV2: boolean } {
  const found = { inQuery: false, inQueryV2: false };
  const seen: string[] = [];
  for (const [name] of query) {
    if (v2Parameters.has(name)) found.inQueryV2 = true;
    const lowerCaseName = name.toLowerCase();
    if (!lowerCaseName.startsWith('x-amz-')) continue;
    if (seen.includes(lowerCaseName)) {
      throw new SignatureError('AuthorizationQueryParametersError', `${name} must be given only once`);
    }
    seen.push(lowerCaseName);
    if (v4Parameters.has(lowerCaseName)) found.inQuery = true;
  }
  return found;
}
