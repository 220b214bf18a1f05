/** What was being done. */
export type Phase =
  | 'requesting'
  | 'preparing'
  | 'uploading'
  | 'completing'
  | 'registering'
  | 'checking'
  | 'downloading';

/**
 * What goes wrong on this side; every other code is the API's own, such as `file/not-found`.
 *
 * - `client/aborted`: you asked for it; the error's `name` is `AbortError`.
 * - `client/network`: no answer, or the connection broke. `client/stalled`: nothing moved for too long; `details.waitingFor`
 *   says where it was not the network: `source` or `accessToken`.
 * - `client/unreadable-answer`: an answer that is not the API's, such as a proxy's page.
 * - `client/token-unavailable`: `accessToken` threw; its error is the `cause`.
 * - `client/storage-refused`: the object store said no; `details.s3Code` is its word. `client/clock-skew`: because the
 *   clocks of API and object store differ.
 * - `client/etag-hidden`: the browser may not read `ETag`, for want of a CORS setting.
 * - `client/source-changed`: the file changed, or cannot be read any more, while it was uploaded.
 * - `client/checksum-mismatch`: storage holds other bytes than were sent.
 * - `client/invalid-input`: a call that cannot be right, or a callback that failed; its error is the `cause`.
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

/** The facts of a {@link StorageError}, all optional. */
export interface StorageErrorFacts {
  status?: number | undefined;
  phase?: Phase | undefined;
  retryable?: boolean;
  requestId?: string | undefined;
  details?: Record<string, unknown>;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

const passing = /^client\/(network|stalled|token-unavailable)$/;

/** The one error of this package: whatever it rejects with, or throws, is one of these. */
export class StorageError extends Error {
  declare readonly name: 'StorageError' | 'AbortError';
  /** Stable; compare this, not the message. */
  declare readonly code: ClientErrorCode | (string & {});
  /** HTTP status, where there was an answer. */
  declare readonly status: number | undefined;
  declare phase: Phase | undefined;
  /** Whether trying again later may help; it has been tried several times already. */
  declare readonly retryable: boolean;
  /** Of the API; quote it when asking for help. */
  declare readonly requestId: string | undefined;
  declare readonly details: Record<string, unknown>;
  /** How long the answer asked to wait, in seconds. */
  declare readonly retryAfterSeconds: number | undefined;

  constructor(code: StorageError['code'], message: string, facts: StorageErrorFacts = {}) {
    super(message);
    const retryable = passing.test(code) || isPassingStatus(facts.status);
    const name = code === 'client/aborted' ? 'AbortError' : 'StorageError';
    Object.assign(this, { name, code, retryable, details: {} }, facts);
  }
}

/** RFC 9110 section 15: a request that may succeed unchanged. */
function isPassingStatus(status: number | undefined): boolean {
  return status !== undefined && (status === 408 || status === 429 || (status >= 500 && status !== 501));
}

/** What the network does. A failure of it is `client/network`, unless it says what it is. */
export async function overNetwork<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw new StorageError('client/network', `The connection failed: ${messageOf(cause)}.`, { cause });
  }
}

/**
 * An error of whatever kind as a {@link StorageError}. Network calls go through {@link overNetwork}, so what is unknown
 * here comes from what the caller passed.
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

/** What an aborted call rejects with; where a callback's failure aborted it, that failure. */
export function abortedError(signal: AbortSignal, phase?: Phase): StorageError {
  if (signal.reason?.code === 'client/invalid-input') return signal.reason;
  return new StorageError('client/aborted', 'Aborted.', { phase, cause: signal.reason });
}

/** What an answer that is an error says in its head. */
export function factsOf({ status, headers }: Response): StorageErrorFacts & { status: number } {
  const header = headers.get('Retry-After');
  // Seconds, or a date (RFC 9110 section 10.2.3).
  const seconds = Number(header) || (Date.parse(`${header}`) - Date.now()) / 1000;
  return { status, retryAfterSeconds: seconds > 0 ? seconds : undefined };
}
