/**
 * The step during which an error arose, and that {@link Progress} reports: `requesting` an answer of the API; `preparing`,
 * `uploading`, `completing` (a multipart upload), `registering` and `checking` (its SHA-256) an upload; `downloading`.
 */
export type Phase =
  | 'requesting'
  | 'preparing'
  | 'uploading'
  | 'completing'
  | 'registering'
  | 'checking'
  | 'downloading';

/**
 * Codes of errors that arise in the client. All others are the API's, such as `file/not-found`.
 *
 * - `client/aborted`: `abort()` or the signal ended the call; the error's `name` is `AbortError`.
 * - `client/network`: no answer, or the connection broke.
 * - `client/stalled`: no bytes moved for `stallSeconds`. `details.waitingFor` is `source`, `accessToken` or
 *   `fetch` where the caller's code did not answer; absent for the network.
 * - `client/unreadable-answer`: the answer is not the API's; a proxy's page, for example.
 * - `client/token-unavailable`: `accessToken` threw; `cause` is its error.
 * - `client/storage-refused`: the object store refused the request; `details.s3Code` and `details.s3Message` are its words.
 * - `client/clock-skew`: it refused because the clocks of API and object store differ.
 * - `client/etag-hidden`: the browser may not read `ETag`: the bucket's CORS rules do not expose it.
 * - `client/source-changed`: the source changed, or could not be read, during the upload; or the file got new contents
 *   during a download that was interrupted.
 * - `client/checksum-mismatch`: the stored bytes are not those that were sent. `details` has `found` and `expected`.
 * - `client/invalid-input`: an argument that no call accepts, or a callback that failed; `cause` is its error.
 */
export type ClientErrorCode =
  | 'client/aborted'
  | 'client/network'
  | 'client/stalled'
  | 'client/unreadable-answer'
  | 'client/token-unavailable'
  | 'client/storage-refused'
  | 'client/clock-skew'
  | 'client/etag-hidden'
  | 'client/source-changed'
  | 'client/checksum-mismatch'
  | 'client/invalid-input';

/** Optional fields of a {@link StorageError}. */
export interface StorageErrorFacts {
  /** HTTP status. */
  status?: number | undefined;
  phase?: Phase | undefined;
  retryable?: boolean;
  /** Request id of the API. */
  requestId?: string | undefined;
  /** Fields that depend on the code. */
  details?: Record<string, unknown>;
  /** Seconds. */
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

const transientCodes = /^client\/(network|stalled|token-unavailable)$/;

/**
 * The only class of error that this package throws or rejects with.
 *
 * @example
 * ```ts
 * import { StorageError } from '@bkend/storage';
 *
 * try {
 *   await storage.get(id);
 * } catch (error) {
 *   if (!(error instanceof StorageError)) throw error;
 *   if (error.code !== 'file/not-found') show(error.message, error.retryable);
 * }
 * ```
 */
export class StorageError extends Error {
  declare readonly name: 'StorageError' | 'AbortError';
  /** Never changes between versions; compare this, not the message. */
  declare readonly code: ClientErrorCode | (string & {});
  /** HTTP status; undefined without an answer. */
  declare readonly status: number | undefined;
  /** Step during which it arose. */
  declare phase: Phase | undefined;
  /** Whether the same call may succeed later; the client has tried it several times already. */
  declare readonly retryable: boolean;
  /** Request id of the API; quote it when asking for help. */
  declare readonly requestId: string | undefined;
  /** Fields that depend on the code, such as `maxBytes` of `file/file-too-large`; else empty. */
  declare readonly details: Record<string, unknown>;
  /** Seconds that the answer's `Retry-After` asked to wait; undefined without it. */
  declare readonly retryAfterSeconds: number | undefined;

  /**
   * @param code see {@link ClientErrorCode}, or a code of the API
   * @param message in English, for developers
   */
  constructor(code: StorageError['code'], message: string, facts: StorageErrorFacts = {}) {
    super(message);
    const retryable = transientCodes.test(code) || isTransientStatus(facts.status);
    const name = code === 'client/aborted' ? 'AbortError' : 'StorageError';
    Object.assign(this, { name, code, retryable, details: {} }, facts);
  }
}

/** RFC 9110 section 15: the same request may succeed later. */
function isTransientStatus(status: number | undefined): boolean {
  return status !== undefined && (status === 408 || status === 429 || (status >= 500 && status !== 501));
}

/** Awaits a network operation. Its failure becomes `client/network`, unless it is a {@link StorageError} already. */
export async function overNetwork<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw new StorageError('client/network', `The connection failed: ${messageOf(cause)}.`, { cause });
  }
}

/**
 * Any error as a {@link StorageError}. Network operations go through {@link overNetwork}, so an unknown error comes from
 * the caller's input or callbacks: `client/invalid-input`.
 */
export function toStorageError(error: unknown, phase?: Phase): StorageError {
  if (error instanceof StorageError) {
    error.phase ??= phase;
    return error;
  }
  const message = `Not possible as asked: ${messageOf(error)}.`;
  return new StorageError('client/invalid-input', message, { phase, cause: error });
}

function messageOf(error: unknown): unknown {
  return error instanceof Error ? error.message : error;
}

/** Error of an aborted call: `client/aborted`, or the callback's failure that aborted it. */
export function abortedError(signal: AbortSignal, phase?: Phase): StorageError {
  if (signal.reason?.code === 'client/invalid-input') return signal.reason;
  return new StorageError('client/aborted', 'Aborted.', { phase, cause: signal.reason });
}

/** Status and `Retry-After` of an error answer. */
export function factsOf({ status, headers }: Response): StorageErrorFacts & { status: number } {
  return { status, retryAfterSeconds: parseRetryAfter(headers.get('Retry-After')) };
}

/**
 * Reads a `Retry-After` header: seconds, or a date (RFC 9110 section 10.2.3).
 * @returns seconds from now; undefined without the header, and for a time that has passed
 */
export function parseRetryAfter(header: string | null | undefined): number | undefined {
  const seconds = Number(header) || (Date.parse(`${header}`) - Date.now()) / 1000;
  return seconds > 0 ? seconds : undefined;
}

/**
 * Error of an object store's answer.
 * @param xml its body (S3 API reference, "Error responses")
 * @returns `client/storage-refused`, or `client/clock-skew` with the seconds between the clocks
 */
export function storageRefusal(answer: Response, xml: string): StorageError {
  const tag = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(xml)?.[1] ?? '';
  const s3Code = tag('Code');
  const s3Message = tag('Message');
  // S3 may answer 200 before it knows the result, and then report an error in the body.
  const facts = { ...factsOf(answer), ...(answer.ok && { status: 500 }), details: { s3Code, s3Message } };
  // Age of the URL by the store's clock. It was signed just now: an older URL would have been signed again.
  const skew =
    (Date.parse(tag('ServerTime')) - Date.parse(tag('Expires'))) / 1000 + Number(tag('X-Amz-Expires'));
  if (skew || s3Code === 'RequestTimeTooSkewed') {
    const message = `Set the clocks right: API and object store differ by ${skew || 'some'} seconds.`;
    return new StorageError('client/clock-skew', message, facts);
  }
  const reason = [answer.status, s3Code, s3Message].filter(Boolean).join(', ');
  return new StorageError('client/storage-refused', `Storage refused (${reason}).`, facts);
}
