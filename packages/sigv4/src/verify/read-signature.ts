import { algorithm, checkPayloadHash, type HeaderMap } from '../canonical-request.ts';
import { SignatureError, unsupportedMechanism } from '../signature-error.ts';
import { type AmzDate, checkSkew, formatAmzDate, parseAmzDate } from '../signing-time.ts';
import { type Credential, checkCredential, type VerifyOptions } from './authenticate.ts';

/** A signature as a request presents it: well-formed and meant for this endpoint and time, not yet authenticated. */
export interface PresentedSignature {
  readonly kind: 'header' | 'query';
  readonly credential: Credential;
  readonly timestamp: AmzDate;
  /** As announced: `host;x-amz-date`. */
  readonly signedHeaders: string;
  readonly signature: string;
  readonly payloadHash: string;
  readonly sessionToken: string | undefined;
  /** Last valid instant of a presigned URL. */
  readonly expiresAt?: Date;
}

/**
 * Reads `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` and the headers that
 * belong to it. Faults are reported in S3's own order.
 *
 * @throws SignatureError `InvalidArgument`, `InvalidRequest`, `AccessDenied`, `RequestTimeTooSkewed`,
 *   `AuthorizationHeaderMalformed`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 */
export function readHeaderSignature(headers: HeaderMap, options: VerifyOptions): PresentedSignature {
  const parameters = checkScheme(headers.get('authorization') ?? '');
  const payloadHash = headers.get('x-amz-content-sha256');
  if (payloadHash === undefined) {
    const message = 'Missing required header for this request: x-amz-content-sha256';
    throw new SignatureError('InvalidRequest', message);
  }
  checkPayloadHash(payloadHash);
  const { signedAt, timestamp } = readDate(headers);
  checkSkew(signedAt, options);
  const { credential, signedHeaders, signature } = parseParameters(parameters);
  const checkedCredential = checkCredential(credential, options, malformed);
  if (!timestamp.startsWith(checkedCredential.date)) {
    throw malformed('Invalid credential date. Date is not the same as X-Amz-Date.');
  }
  return {
    kind: 'header',
    credential: checkedCredential,
    timestamp,
    signedHeaders,
    signature,
    payloadHash,
    sessionToken: headers.get('x-amz-security-token'),
  };
}

/** Returns what follows the scheme, which is case-insensitive (RFC 9110 §11.1). */
function checkScheme(authorization: string): string {
  const details = { ArgumentName: 'Authorization', ArgumentValue: authorization };
  const space = authorization.indexOf(' ');
  if (space < 0) {
    const message = "Authorization header is invalid -- one and only one ' ' (space) required";
    throw new SignatureError('InvalidArgument', message, details);
  }
  const scheme = authorization.slice(0, space).toUpperCase();
  if (scheme === 'AWS') throw unsupportedMechanism();
  if (scheme !== algorithm) {
    throw new SignatureError('InvalidArgument', 'Unsupported Authorization Type', details);
  }
  return authorization.slice(space + 1);
}

function parseParameters(text: string): { credential: string; signedHeaders: string; signature: string } {
  const parameters = new Map<string, string>();
  for (const part of text.split(',')) {
    const [, name = '', value = ''] = /^ *(Credential|SignedHeaders|Signature)=([^ ]*) *$/.exec(part) ?? [];
    if (name === '' || parameters.has(name)) {
      throw malformed(`the authorization component "${part.trim()}" is malformed.`);
    }
    parameters.set(name, value);
  }
  const credential = parameters.get('Credential');
  const signedHeaders = parameters.get('SignedHeaders');
  const signature = parameters.get('Signature');
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw malformed(
      'the authorization header requires three components: Credential, SignedHeaders, and Signature.',
    );
  }
  return { credential, signedHeaders, signature };
}

/** `x-amz-date`, or in its absence `Date`, which may also be spelled as in mail and HTTP (RFC 5322 §3.3, RFC 9110 §5.6.7). */
function readDate(headers: HeaderMap): { readonly signedAt: Date; readonly timestamp: AmzDate } {
  const amzDate = headers.get('x-amz-date');
  const signedAt = amzDate === undefined ? parseDate(headers.get('date') ?? '') : parseAmzDate(amzDate);
  if (signedAt === undefined) {
    const message = 'AWS authentication requires a valid Date or x-amz-date header';
    throw new SignatureError('AccessDenied', message);
  }
  return { signedAt, timestamp: amzDate ?? formatAmzDate(signedAt) };
}

function parseDate(text: string): Date | undefined {
  if (!/^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|[+-]\d{4})$/.test(text)) {
    return parseAmzDate(text);
  }
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function malformed(reason: string, details?: Readonly<Record<string, string>>): SignatureError {
  const message = `The authorization header is malformed; ${reason}`;
  return new SignatureError('AuthorizationHeaderMalformed', message, details);
}
