import { algorithm, checkPayloadHash, type HeaderMap, unsignedPayload } from '../canonical-request.ts';
import { decodeUriComponentS3 } from '../encode.ts';
import {
  type EncodedPair,
  maxExpiresInSeconds,
  minExpiresInSeconds,
  queryParameters,
} from '../request-target.ts';
import { SignatureError } from '../signature-error.ts';
import { checkLifetime, parseAmzDate } from '../signing-time.ts';
import { checkCredential, type VerifyOptions } from './authenticate.ts';
import type { PresentedSignature } from './read-signature.ts';

/**
 * Reads the `X-Amz-*` parameters of a presigned URL. Faults are reported in S3's own order.
 *
 * @param query without repeated `X-Amz-*` parameters.
 * @throws SignatureError `AuthorizationQueryParametersError`, `AccessDenied`, `InvalidArgument`, `InvalidURI`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function readQuerySignature(
  query: readonly EncodedPair[],
  headers: HeaderMap,
  options: VerifyOptions,
): PresentedSignature {
  const encoded = new Map(query);
  const find = (name: string) => {
    const value = encoded.get(name);
    return value === undefined ? undefined : decodeUriComponentS3(value);
  };
  const get = (name: string) => find(name) || missing();

  if (get(queryParameters.algorithm) !== algorithm) {
    throw invalid(`X-Amz-Algorithm only supports "${algorithm}"`);
  }
  const credential = get(queryParameters.credential);
  const signature = get(queryParameters.signature);
  const timestamp = get(queryParameters.date);
  const signedHeaders = get(queryParameters.signedHeaders);
  const expires = get(queryParameters.expires);

  const signedAt = parseAmzDate(timestamp);
  if (signedAt === undefined) {
    throw invalid(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  const expiresAt = checkLifetime({ signedAt, expiresInSeconds: parseExpires(expires) }, options);
  const checkedCredential = checkCredential(credential, options, (reason, details) =>
    invalid(`Error parsing the X-Amz-Credential parameter; ${reason}`, details),
  );
  const { date } = checkedCredential;
  if (!timestamp.startsWith(date)) {
    const dateOfTimestamp = timestamp.slice(0, 8);
    throw invalid(
      `Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${dateOfTimestamp}".`,
    );
  }
  return {
    kind: 'query',
    credential: checkedCredential,
    timestamp,
    signedHeaders,
    signature,
    payloadHash: choosePayloadHash(find('X-Amz-Content-Sha256'), headers.get('x-amz-content-sha256')),
    sessionToken: find(queryParameters.securityToken) ?? headers.get('x-amz-security-token'),
    expiresAt,
  };
}

function parseExpires(text: string): number {
  if (!/^-?\d+$/.test(text)) throw invalid('X-Amz-Expires should be a number');
  const expiresInSeconds = Number(text);
  if (expiresInSeconds < 0) throw invalid('X-Amz-Expires must be non-negative');
  if (expiresInSeconds < minExpiresInSeconds) throw invalid('X-Amz-Expires must be at least 1 second');
  if (expiresInSeconds > maxExpiresInSeconds) {
    throw invalid(
      'X-Amz-Expires must be less than a week (in seconds); ' +
        `that is, the given X-Amz-Expires must be less than ${maxExpiresInSeconds} seconds`,
    );
  }
  return expiresInSeconds;
}

/**
 * A URL is made before its body is known, so the payload is unsigned unless the signer announced a hash. A hash
 * announced later by another party breaks the signature, since the hash is part of the canonical request.
 */
function choosePayloadHash(inQuery: string | undefined, inHeader: string | undefined): string {
  if (inQuery !== undefined && inHeader !== undefined && inQuery !== inHeader) {
    const message = 'x-amz-content-sha256 must be the same in the query and in the header.';
    const details = { ArgumentName: 'x-amz-content-sha256', ArgumentValue: inHeader };
    throw new SignatureError('InvalidArgument', message, details);
  }
  return checkPayloadHash(inQuery ?? inHeader ?? unsignedPayload);
}

function missing(): never {
  throw invalid(
    'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, ' +
      'X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
  );
}

function invalid(message: string, details?: Readonly<Record<string, string>>): SignatureError {
  return new SignatureError('AuthorizationQueryParametersError', message, details);
}
