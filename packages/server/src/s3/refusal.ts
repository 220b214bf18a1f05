import { type ErrorCode, StorageError } from '@bkend/storage-contract';

/**
 * An error response of the store. It replaces the SDK's own error, which has the whole request with its signature and must not
 * be logged.
 */
export class Refusal extends Error {
  /** S3's error code: `NoSuchKey`. Answers to HEAD have no body and so only what their status means: `NotFound`. */
  override readonly name: string;
  readonly status: number;
  /** The id by which the store's operator finds the request. */
  readonly storeRequestId: string | undefined;
  /** The bucket's region, when it is another one. */
  readonly bucketRegion: string | undefined;

  constructor(error: SdkError, status: number) {
    super(error.message);
    this.name = error.name;
    this.status = status;
    this.storeRequestId = error.$metadata.requestId;
    this.bucketRegion = error.$response?.headers?.['x-amz-bucket-region'];
  }
}

/** Results of a call by S3's error code: a value to return, or an error to throw. */
export type Meanings<T> = Readonly<Record<string, (refusal: Refusal) => T>>;

/** The refusal of an SDK error; undefined without an answer: no connection, a timeout, no credentials. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!isSdkError(error)) return undefined;
  const status = error.$metadata.httpStatusCode;
  return status === undefined ? undefined : new Refusal(error, status);
}

/**
 * Translates a failure for which the call has no result of its own.
 *
 * Busy, failing or unreachable: `common/unavailable`. A configuration that cannot work: `file/bucket-not-configured`. Any other
 * refusal is our own fault: `common/internal-error`.
 *
 * @param failure a {@link Refusal}, or the error without an answer
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function translate(failure: unknown, bucket: string): StorageError {
  const message = `The object store failed for bucket "${bucket}": ${reasonOf(failure)}.`;
  return new StorageError(codeOf(failure), message, { cause: failure });
}

/** The reason of a failure, in one phrase for the operator. */
export function reasonOf(failure: unknown): string {
  if (!(failure instanceof Refusal)) {
    return failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure);
  }
  const region =
    failure.bucketRegion === undefined ? '' : `, the bucket is in region ${failure.bucketRegion}`;
  return `${failure.name} (${failure.status}${region})`;
}

/** Whether the same call may succeed later. */
export function isTemporary(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'common/unavailable';
}

/** Whether the store has no such bucket. */
export function isMissingBucket(error: unknown): boolean {
  return (
    error instanceof StorageError && error.cause instanceof Refusal && error.cause.name === 'NoSuchBucket'
  );
}

function codeOf(failure: unknown): ErrorCode {
  if (!(failure instanceof Refusal)) {
    const hasNoCredentials = failure instanceof Error && failure.name === 'CredentialsProviderError';
    return hasNoCredentials ? 'file/bucket-not-configured' : 'common/unavailable';
  }
  const { name, status } = failure;
  if (misconfiguredStatus.has(status) || misconfigured.has(name)) return 'file/bucket-not-configured';
  return status >= 500 || busyStatus.has(status) ? 'common/unavailable' : 'common/internal-error';
}

const busyStatus = new Set([408, 429]);
const misconfiguredStatus = new Set([301, 307, 401, 403, 501]);
const misconfigured = new Set([
  'NoSuchBucket',
  'InvalidBucketName',
  'AuthorizationHeaderMalformed',
  'ExpiredToken',
  'InvalidToken',
]);

/** The SDK's error for an answer; recognised by its shape, because loading the SDK for its class is slow. */
interface SdkError extends Error {
  readonly $metadata: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

function isSdkError(error: unknown): error is SdkError {
  return (
    error instanceof Error &&
    '$metadata' in error &&
    typeof error.$metadata === 'object' &&
    error.$metadata !== null
  );
}
