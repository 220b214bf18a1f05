import { parseAmzDate } from './amz-date.ts';
import { authenticate } from './authenticate.ts';
import { algorithm } from './canonical-request.ts';
import { checkCredential } from './check-credential.ts';
import { SignatureError } from './signature-error.ts';
import type { VerifyOptions } from './verify-options.ts';

/** The fields of a browser form that authenticate it; undefined where the form lacks one. */
export interface PostPolicyFields {
  /** The `policy` field, still in Base64: it is signed in this form. */
  readonly policy: string | undefined;
  /** `x-amz-algorithm` */
  readonly algorithm: string | undefined;
  /** `x-amz-credential` */
  readonly credential: string | undefined;
  /** `x-amz-date` */
  readonly date: string | undefined;
  /** `x-amz-signature` */
  readonly signature: string | undefined;
}

/**
 * Authenticates the policy of a POST Object form. What the policy demands, its expiration included, is for the
 * caller to enforce.
 *
 * @throws SignatureError `InvalidArgument`, `AuthorizationQueryParametersError`, `AccessDenied`,
 *   `InvalidAccessKeyId`, `SignatureDoesNotMatch`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
 */
export function verifyPostPolicy(
  fields: PostPolicyFields,
  options: VerifyOptions,
): { readonly accessKeyId: string } {
  const policy = require(fields.policy, 'policy');
  const signature = require(fields.signature, 'x-amz-signature');
  const timestamp = require(fields.date, 'x-amz-date');
  const credentialText = require(fields.credential, 'x-amz-credential');
  if (require(fields.algorithm, 'x-amz-algorithm') !== algorithm) {
    throw invalid(`X-Amz-Algorithm only supports "${algorithm}"`);
  }
  if (parseAmzDate(timestamp) === undefined) {
    throw invalid(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  const scope = { date: timestamp.slice(0, 8), region: options.region, service: options.service ?? 's3' };
  const credential = checkCredential(credentialText, scope, (reason, details) =>
    invalid(`Error parsing the X-Amz-Credential parameter; ${reason}`, details),
  );
  authenticate({ credential, stringToSign: policy, signature }, options);
  return { accessKeyId: credential.accessKeyId };
}

function require(value: string | undefined, name: string): string {
  if (value !== undefined && value !== '') return value;
  throw new SignatureError(
    'InvalidArgument',
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    { ArgumentName: name, ArgumentValue: '' },
  );
}

function invalid(message: string, details?: Readonly<Record<string, string>>): SignatureError {
  return new SignatureError('AuthorizationQueryParametersError', message, details);
}
