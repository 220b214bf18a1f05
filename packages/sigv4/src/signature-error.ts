/** The S3 error codes that this package raises, with the HTTP status that S3 sends each with. */
const statusByCode = {
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  AuthorizationQueryParametersError: 400,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidRequest: 400,
  InvalidURI: 400,
  RequestTimeTooSkewed: 403,
  SignatureDoesNotMatch: 403,
} as const;

export type SignatureErrorCode = keyof typeof statusByCode;

/**
 * The reason why a request was refused, in S3's own code and sentence.
 *
 * `details` are the further elements that S3 puts beside `Code` and `Message` in its error document, such as
 * `Region`, `HeadersNotSigned` or `StringToSign`. They repeat only what the client sent and what can be
 * computed from it without the secret key.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly code: SignatureErrorCode;
  /** HTTP status. */
  readonly status: number;
  readonly details: Readonly<Record<string, string>>;

  constructor(code: SignatureErrorCode, message: string, details: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.status = statusByCode[code];
    this.details = details;
  }
}

/**
 * Creates the refusal of Signature Version 2, which boto3 and the aws CLI (version 1) presign with by default: S3's
 * own sentence, and the setting that helps.
 */
export function unsupportedMechanism(): SignatureError {
  return new SignatureError(
    'InvalidRequest',
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256. ' +
      "In boto3: Config(signature_version='s3v4'). In the aws CLI: aws configure set default.s3.signature_version s3v4.",
  );
}
