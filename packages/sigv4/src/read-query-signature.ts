import { parseAmzDate } from './amz-date.ts';
import { algorithm, type HeaderMap } from './canonical-request.ts';
import { checkCredential } from './check-credential.ts';
import { checkLifetime, defaultMaxSkewSeconds } from './check-time.ts';
import { decodeUriComponentS3 } from './encode.ts';
import { checkPayloadHash, unsignedPayload } from './payload-hash.ts';
import type { PresentedSignature } from './presented-signature.ts';
import type { EncodedPair } from './request-target.ts';
import { SignatureError } from './signature-error.ts';
import type { VerifyOptions } from './verify-options.ts';

/** The longest a presigned URL may live: seven days. */
export const maxExpiresInSeconds = 604_800;

/**
 * Reads the signature of a presigned URL.
 *
 * @throws SignatureError `AuthorizationQueryParametersError`, `AccessDenied`, `InvalidArgument`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function readQuerySignature(
  query: readonly EncodedPair[],
  headers: HeaderMap,
  options: VerifyOptions,
): PresentedSignature {
  const parameters = new Map(query.map(([name, value]) => [name, decodeUriComponentS3(value)]));
  if (require(parameters, 'X-Amz-Algorithm') !== algorithm) {
    throw invalid(`X-Amz-Algorithm only supports "${algorithm}"`);
  }
  const credential = require(parameters, 'X-Amz-Credential');
  const signature = require(parameters, 'X-Amz-Signature');
  const timestamp = require(parameters, 'X-Amz-Date');
  const signedHeaders = require(parameters, 'X-Amz-SignedHeaders');
  const expiresInSeconds = parseExpires(require(parameters, 'X-Amz-Expires'));

  const signedAt = parseAmzDate(timestamp);
  if (signedAt === undefined) {
    throw invalid(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  const scope = { date: timestamp.slice(0, 8), region: options.region, service: options.service ?? 's3' };
  const checkedCredential = checkCredential(credential, scope, (reason, details) =>
    invalid(`Error parsing the X-Amz-Credential parameter; ${reason}`, details),
  );
  checkLifetime({ signedAt, expiresInSeconds }, options.now, options.maxSkewSeconds ?? defaultMaxSkewSeconds);

  const sessionToken = parameters.get('X-Amz-Security-Token') ?? headers.get('x-amz-security-token');
  return {
    kind: 'query',
    credential: checkedCredential,
    timestamp,
    signedHeaders: signedHeaders.split(';'),
    signature,
    payloadHash: readPayloadHash(parameters, headers),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

function require(parameters: ReadonlyMap<string, string>, name: string): string {
  const value = parameters.get(name);
  if (value !== undefined && value !== '') return value;
  throw invalid(
    'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
  );
}

function parseExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) throw invalid('X-Amz-Expires should be a number');
  const expiresInSeconds = Number(text);
  if (expiresInSeconds < 1) throw invalid('X-Amz-Expires must be at least 1 second');
  if (expiresInSeconds > maxExpiresInSeconds) {
    throw invalid(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${maxExpiresInSeconds} seconds`,
    );
  }
  return expiresInSeconds;
}

/**
 * A URL is made before its body is known, so the payload is unsigned unless the signer said otherwise, in the
 * query or in a header; the header, like every `x-amz-*` header, then has to be signed.
 */
function readPayloadHash(parameters: ReadonlyMap<string, string>, headers: HeaderMap): string {
  const inQuery = parameters.get('X-Amz-Content-Sha256');
  const inHeader = headers.get('x-amz-content-sha256');
  if (inQuery !== undefined && inHeader !== undefined && inQuery !== inHeader) {
    throw new SignatureError(
      'InvalidArgument',
      'x-amz-content-sha256 is given twice, with different values.',
      {
        ArgumentName: 'x-amz-content-sha256',
        ArgumentValue: inHeader,
      },
    );
  }
  return checkPayloadHash(inQuery ?? inHeader ?? unsignedPayload);
}

function invalid(message: string, details?: Readonly<Record<string, string>>): SignatureError {
  return new SignatureError('AuthorizationQueryParametersError', message, details);
}
