import { formatAmzDate, parseAmzDate } from './amz-date.ts';
import { algorithm, type HeaderMap } from './canonical-request.ts';
import { checkCredential } from './check-credential.ts';
import { checkSkew, defaultMaxSkewSeconds } from './check-time.ts';
import { checkPayloadHash } from './payload-hash.ts';
import type { PresentedSignature } from './presented-signature.ts';
import { SignatureError } from './signature-error.ts';
import type { VerifyOptions } from './verify-options.ts';

/**
 * Reads the signature of an `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` header.
 *
 * @throws SignatureError `InvalidArgument`, `InvalidRequest`, `AuthorizationHeaderMalformed`, `AccessDenied`,
 *   `RequestTimeTooSkewed`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html
 */
export function readHeaderSignature(headers: HeaderMap, options: VerifyOptions): PresentedSignature {
  const { credential, signedHeaders, signature } = parseAuthorization(headers.get('authorization') ?? '');
  const signedAt = readDate(headers);
  const timestamp = formatAmzDate(signedAt);
  const scope = { date: timestamp.slice(0, 8), region: options.region, service: options.service ?? 's3' };
  const checkedCredential = checkCredential(credential, scope, malformed);
  checkSkew(signedAt, options.now, options.maxSkewSeconds ?? defaultMaxSkewSeconds);
  const payloadHash = headers.get('x-amz-content-sha256');
  if (payloadHash === undefined) {
    throw new SignatureError(
      'InvalidRequest',
      'Missing required header for this request: x-amz-content-sha256',
    );
  }
  const sessionToken = headers.get('x-amz-security-token');
  return {
    kind: 'header',
    credential: checkedCredential,
    timestamp,
    signedHeaders: signedHeaders.split(';'),
    signature,
    payloadHash: checkPayloadHash(payloadHash),
    ...(sessionToken !== undefined && { sessionToken }),
  };
}

function parseAuthorization(value: string): { credential: string; signedHeaders: string; signature: string } {
  const [scheme = ''] = value.split(' ', 1);
  if (scheme === 'AWS') {
    throw new SignatureError(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    );
  }
  if (scheme !== algorithm) {
    throw new SignatureError('InvalidArgument', 'Unsupported Authorization Type', {
      ArgumentName: 'Authorization',
    });
  }
  const components = new Map<string, string>();
  for (const component of value.slice(scheme.length).split(',')) {
    const text = component.trim();
    const equals = text.indexOf('=');
    const name = text.slice(0, Math.max(equals, 0));
    if (!isComponentName(name) || components.has(name)) {
      throw malformed(`the authorization component "${text}" is malformed.`);
    }
    components.set(name, text.slice(equals + 1));
  }
  const [credential, signedHeaders, signature] = componentNames.map((name) => components.get(name));
  if (credential === undefined) throw malformed('the authorization header requires Credential.');
  if (signedHeaders === undefined) throw malformed('the authorization header requires SignedHeaders.');
  if (signature === undefined) throw malformed('the authorization header requires Signature.');
  return { credential, signedHeaders, signature };
}

const componentNames = ['Credential', 'SignedHeaders', 'Signature'];

function isComponentName(name: string): boolean {
  return componentNames.includes(name);
}

/** `x-amz-date`, or else `Date`, which may also be an HTTP date (RFC 9110 §5.6.7). */
function readDate(headers: HeaderMap): Date {
  const amzDate = headers.get('x-amz-date');
  const signedAt = amzDate === undefined ? parseDateHeader(headers.get('date') ?? '') : parseAmzDate(amzDate);
  if (signedAt === undefined) {
    throw new SignatureError('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  return signedAt;
}

function parseDateHeader(value: string): Date | undefined {
  if (!/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(value)) return parseAmzDate(value);
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function malformed(reason: string, details?: Readonly<Record<string, string>>): SignatureError {
  return new SignatureError(
    'AuthorizationHeaderMalformed',
    `The authorization header is malformed; ${reason}`,
    details,
  );
}
