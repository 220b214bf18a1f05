import { type ErrorCode, StorageError } from '@bkend/storage-contract';

/**
 * A store that answered, and said no. Kept in place of the SDK's own error, which holds the whole request with its
 * signature and so must not come near a log.
 */
export class Refusal extends Error {
  /** S3's error code: `NoSuchKey`. Answers to HEAD have no body and so only what their status means: `NotFound`. */
  override readonly name: string;
  readonly status: number;
  /** What the store's operator finds the request by. */
  readonly storeRequestId: string | undefined;
  /** Where the bucket is, when it is in another region. */
  readonly bucketRegion: string | undefined;

  constructor(error: SdkError, status: number) {
    super(error.message);
    this.name = error.name;
    this.status = status;
    this.storeRequestId = error.$metadata.requestId;
    this.bucketRegion = error.$response?.headers?.['x-amz-bucket-region'];
  }
}

/** Undefined for everything that is not an answer: no connection, no answer in time, no credentials to ask with. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!isSdkError(error)) return undefined;
  const status = error.$metadata.httpStatusCode;
  return status === undefined ? undefined : new Refusal(error, status);
}

/**
 * What a failure means to whoever called the store, where the call itself gave it no other meaning.
 *
 * Busy, broken or out of reach: `common/unavailable`. Set up in a way that cannot work: `file/bucket-not-configured`.
 * A refusal nobody foresaw is our own mistake: `common/internal-error`.
 *
 * @param failure a {@link Refusal}, or what kept the store from answering
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export function translate(failure: unknown, bucket: string): StorageError {
  const message = `The object store failed for bucket "${bucket}": ${reasonOf(failure)}.`;
  return new StorageError(codeOf(failure), message, { cause: failure });
}

/** What went wrong, in one phrase for the operator. */
export function reasonOf(failure: unknown): string {
  if (!(failure instanceof Refusal)) {
    return failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure);
  }
  const region =
    failure.bucketRegion === undefined ? '' : `, the bucket is in region ${failure.bucketRegion}`;
  return `${failure.name} (${failure.status}${region})`;
}

/** Whether the same call may work later. */
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

/** What the SDK throws for an answer; told by its shape, because loading the SDK to name its class is slow. */
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
