import { authenticate, signatureDoesNotMatch } from './authenticate.ts';
import {
  algorithm,
  formatCanonicalRequest,
  formatStringToSign,
  type HeaderMap,
} from './canonical-request.ts';
import type { ChunkSigning } from './chunk.ts';
import { formatScope } from './credential-scope.ts';
import { signedStreams, unsignedPayload } from './payload-hash.ts';
import type { PresentedSignature } from './presented-signature.ts';
import { readHeaderSignature } from './read-header-signature.ts';
import { readQuerySignature } from './read-query-signature.ts';
import { collectHeaders } from './request-headers.ts';
import { type EncodedPair, parseRequestTarget, type RequestTarget } from './request-target.ts';
import { SignatureError } from './signature-error.ts';
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
  /** Whose signature it is; absent for `anonymous`. */
  readonly accessKeyId?: string;
  /** The session token that was signed along; nothing here judges it. */
  readonly sessionToken?: string;
  /**
   * Lower-case hex SHA-256, `UNSIGNED-PAYLOAD` or `STREAMING-…`, as announced and (but for `anonymous`)
   * authenticated. Whoever reads the body has to hold it against this.
   */
  readonly payloadHash: string;
  /** Names in lower case. */
  readonly signedHeaders: ReadonlySet<string>;
  /** Present for `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` and its `-TRAILER` form. */
  readonly chunkSigning?: ChunkSigning;
}

/**
 * Authenticates a request, before anything has looked at its body.
 *
 * @returns who signed, and what the body has to be.
 * @throws SignatureError with S3's code, status and message.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
export function verifyRequest(request: ReceivedRequest, options: VerifyOptions): VerifiedRequest {
  const target = parseRequestTarget(request.rawUrl);
  const headers = collectHeaders(request.rawHeaders);
  const presented = readSignature(target, headers, options);
  if (presented === undefined) {
    return {
      kind: 'anonymous',
      payloadHash: headers.get('x-amz-content-sha256') ?? unsignedPayload,
      signedHeaders: new Set(),
    };
  }
  checkSignedHeaders(presented.signedHeaders, headers);

  const { credential, timestamp, signedHeaders, payloadHash } = presented;
  const signedTarget = { path: target.path, query: target.query.filter(isSigned) };
  const canonicalRequest = formatCanonicalRequest({
    method: request.method,
    target: signedTarget,
    signedHeaders,
    headers,
    payloadHash,
  });
  const scope = formatScope(credential);
  const stringToSign = formatStringToSign(timestamp, scope, canonicalRequest);

  const signingKey = authenticate(
    { credential, stringToSign, signature: presented.signature, canonicalRequest },
    options,
  );
  return {
    kind: presented.kind,
    accessKeyId: credential.accessKeyId,
    payloadHash,
    signedHeaders: new Set(signedHeaders),
    ...(presented.sessionToken !== undefined && { sessionToken: presented.sessionToken }),
    ...(signedStreams.has(payloadHash) && {
      chunkSigning: { signingKey, timestamp, scope, seedSignature: presented.signature },
    }),
  };
}

/** Finds the one signature of a request; undefined if it has none. */
function readSignature(
  target: RequestTarget,
  headers: HeaderMap,
  options: VerifyOptions,
): PresentedSignature | undefined {
  const names = target.query.map(([name]) => name);
  refuseRepeatedAmzParameters(names);
  const inHeader = headers.has('authorization');
  const inQuery = names.some((name) => v4Parameters.has(name.toLowerCase()));
  const inQueryV2 = names.some((name) => v2Parameters.has(name));
  if (Number(inHeader) + Number(inQuery) + Number(inQueryV2) > 1) {
    throw new SignatureError(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      { ArgumentName: 'Authorization', ArgumentValue: headers.get('authorization') ?? '' },
    );
  }
  if (inQueryV2) {
    throw new SignatureError(
      'InvalidRequest',
      `The authorization mechanism you have provided is not supported. Please use ${algorithm}.`,
    );
  }
  if (inHeader) return readHeaderSignature(headers, options);
  if (inQuery) return readQuerySignature(target.query, headers, options);
  return undefined;
}

/** Any of these, in whatever case, shows the wish to be authenticated; it must not end up anonymous. */
const v4Parameters = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-signature',
  'x-amz-signedheaders',
]);
const v2Parameters = new Set(['AWSAccessKeyId', 'Signature']);

/** Of two values one would be checked and the other perhaps used. */
function refuseRepeatedAmzParameters(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    const lowerCaseName = name.toLowerCase();
    if (!lowerCaseName.startsWith('x-amz-')) continue;
    if (seen.has(lowerCaseName)) {
      throw new SignatureError('AuthorizationQueryParametersError', `${name} must be given only once`);
    }
    seen.add(lowerCaseName);
  }
}

function isSigned([name]: EncodedPair): boolean {
  return name !== 'X-Amz-Signature';
}

/**
 * `host` and every `x-amz-*` header must be signed: an unsigned `x-amz-copy-source` would turn a presigned PUT
 * into a copy of someone else's object. And every header that was signed must be there.
 */
function checkSignedHeaders(signedHeaders: readonly string[], headers: HeaderMap): void {
  const required = ['host', ...[...headers.keys()].filter((name) => name.startsWith('x-amz-'))];
  const notSigned = required.filter((name) => !signedHeaders.includes(name));
  if (notSigned.length > 0) {
    throw new SignatureError(
      'AccessDenied',
      'There were headers present in the request which were not signed',
      { HeadersNotSigned: notSigned.join(', ') },
    );
  }
  const missing = signedHeaders.filter((name) => !headers.has(name));
  if (missing.length > 0) {
    throw signatureDoesNotMatch({ HeadersMissing: missing.join(', ') });
  }
}
