import { algorithm } from '../canonical-request.ts';
import { SignatureError } from '../signature-error.ts';
import { parseAmzDate } from '../signing-time.ts';
import { authenticate, checkCredential, type VerifyOptions } from './authenticate.ts';

/** The fields that authenticate a browser form; undefined where the form lacks one. */
export interface PostPolicyFields {
  /** `policy`, still in Base64: that text is what was signed. */
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
 * Authenticates the policy of a POST Object form. The caller must enforce the conditions of the policy, its
 * expiration first. A form may be older than 15 minutes, so `x-amz-date` is not compared with the clock.
 *
 * @throws SignatureError `InvalidArgument`, `InvalidAccessKeyId`, `SignatureDoesNotMatch`.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
 */
export function verifyPostPolicy(
  fields: PostPolicyFields,
  options: VerifyOptions,
): { readonly accessKeyId: string } {
  const policy = required('policy', fields.policy);
  if (required('x-amz-algorithm', fields.algorithm) !== algorithm) {
    throw invalid(`x-amz-algorithm only supports "${algorithm}"`);
  }
  const credential = checkCredential(required('x-amz-credential', fields.credential), options, invalid);
  const timestamp = required('x-amz-date', fields.date);
  if (parseAmzDate(timestamp) === undefined) {
    throw invalid(`x-amz-date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  if (!timestamp.startsWith(credential.date)) {
    throw invalid('Invalid credential date. Date is not the same as X-Amz-Date.');
  }
  const signature = required('x-amz-signature', fields.signature);
  authenticate({ credential, stringToSign: policy, signature }, options);
  return { accessKeyId: credential.accessKeyId };
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== '') return value;
  throw invalid(
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    { ArgumentName: name, ArgumentValue: '' },
  );
}

function invalid(message: string, details?: Readonly<Record<string, string>>): SignatureError {
  return new SignatureError('InvalidArgument', message, details);
}
