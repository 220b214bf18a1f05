import { defaultRetryAfterSeconds } from '@bkend/http';
import { SignatureError } from '@bkend/sigv4';
import { S3Error } from './s3-error.ts';

/** An error as it goes to the client. */
export interface RenderedError {
  readonly status: number;
  readonly code: string;
  /** Names and texts of the elements of the document `Error`, in order. */
  readonly fields: readonly [name: string, text: string][];
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Turns whatever was thrown into S3's error document. Of what is neither an S3Error nor a SignatureError nothing is shown.
 *
 * @param resource the path, without its query
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses
 */
export function renderError(
  error: unknown,
  request: { readonly resource: string; readonly requestId: string },
): RenderedError {
  const known =
    error instanceof S3Error || error instanceof SignatureError ? error : new S3Error('InternalError');
  const { AllowedMethods, RetryAfter = `${defaultRetryAfterSeconds}`, ...details } = known.details;
  const fields: [string, string][] = [
    ['Code', known.code],
    ['Message', known.message],
    ...Object.entries(details),
    ['Resource', request.resource],
    ['RequestId', request.requestId],
  ];
  return {
    status: known.status,
    code: known.code,
    fields,
    headers: {
      ...(AllowedMethods !== undefined && { allow: AllowedMethods }),
      ...(known.status === 503 && { 'retry-after': RetryAfter }),
      // Where a document cannot say it, as in an answer to HEAD, clients look for the right region here.
      ...(details.Region !== undefined && { 'x-amz-bucket-region': details.Region }),
    },
  };
}
