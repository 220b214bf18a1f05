import {
  checkPayloadHash,
  collectHeaders,
  formatCanonicalQuery,
  formatCanonicalRequest,
  formatStringToSign,
  type HeaderMap,
  signedStreams,
  unsignedPayload,
} from '../canonical-request.ts';
import {
  type EncodedPair,
  parseRequestTarget,
  queryParameters,
  type RequestTarget,
} from '../request-target.ts';
import { SignatureError, unsupportedMechanism } from '../signature-error.ts';
import { formatScope } from '../signing-key.ts';
import { authenticate, signatureDoesNotMatch, type VerifyOptions } from './authenticate.ts';
import type { ChunkSigning } from './chunk-signature.ts';
import { type PresentedSignature, readHeaderSignature, readQuerySignature } from './read-signature.ts';

/** A request as Node's HTTP server received it. */
export interface ReceivedRequest {
  readonly method: string;
  /** `req.url`, untouched. */
  readonly rawUrl: string;
  /** `req.rawHeaders`, untouched. */
  readonly rawHeaders: readonly string[];
}

export interface VerifiedRequest {
  /** `anonymous`: the request had no signature at all. The caller decides what anonymous requests may do. */
  readonly kind: 'header' | 'query' | 'anonymous';
  /** The access key that signed; absent if `anonymous`. */
  readonly accessKeyId?: string;
  /** The session token, which the signature covers. It is not checked here. */
  readonly sessionToken?: string;
  /** The path and query that were authenticated; read the bucket, key and parameters from here. */
  readonly target: RequestTarget;
  /** Names in lower case. The signer vouches for these headers only. */
  readonly signedHeaders: ReadonlySet<string>;
  /**
   * Lower-case hex SHA-256, `UNSIGNED-PAYLOAD` or `STREAMING-…`. Authenticated unless `anonymous`. The body is not
   * authenticated until its reader has compared it with this.
   */
  readonly payloadHash: string;
  /** For `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` and its `-TRAILER` form, unless `anonymous`. */
  readonly chunkSigning?: ChunkSigning;
  /** Last valid instant of a presigned URL. */
  readonly expiresAt?: Date;
}

/**
 * Authenticates a request. Call it before anything reads the body.
 *
 * @returns the access key that signed, the signed target and headers, and the payload hash that the body must have.
 * @throws SignatureError with S3's code, status and message; the codes are listed in `signature-error.ts`.
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

/** Reads the one signature of a request; undefined if it has none. */
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
 * A request with any of these parameters, in upper or lower case, asks to be authenticated: it must not pass for
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
 * Finds which kinds of signature a query holds.
 *
 * @throws SignatureError for a repeated `X-Amz-…` parameter: one value would be authenticated, the other perhaps used.
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

/**
 * Splits `host;x-amz-date` and checks it against the headers that came.
 *
 * `host` has to be signed, and `content-md5` and every `x-amz-*` header where present: with an unsigned
 * `x-amz-copy-source` a presigned PUT would copy another client's object. `x-amz-content-sha256` may be unsigned,
 * since its value is the last line of the canonical request. And every signed header has to be present.
 *
 * @throws SignatureError `AccessDenied` naming the headers that are not signed; `SignatureDoesNotMatch` for a
 *   list that names a header that did not come.
 */
function checkSignedHeaders(announced: string, headers: HeaderMap): string[] {
  const signedHeaders = announced.split(';');
  const signed = new Set(signedHeaders);
  const notSigned = signed.has('host') ? [] : ['host'];
  for (const name of headers.keys()) {
    if (mustBeSigned(name) && !signed.has(name)) notSigned.push(name);
  }
  if (notSigned.length > 0) {
    const message = 'There were headers present in the request which were not signed';
    throw new SignatureError('AccessDenied', message, { HeadersNotSigned: notSigned.join(', ') });
  }
  const missing = signedHeaders.filter((name) => !headers.has(name));
  if (missing.length > 0) throw signatureDoesNotMatch({ HeadersMissing: missing.join(', ') });
  return signedHeaders;
}

function mustBeSigned(name: string): boolean {
  return name === 'content-md5' || (name.startsWith('x-amz-') && name !== 'x-amz-content-sha256');
}
