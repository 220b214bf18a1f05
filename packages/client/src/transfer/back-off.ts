/** Number of tries of one request, and the pauses between them. */
export interface RetryPolicy {
  /** Tries in all, the first included. Default 6. */
  readonly tries: number;
  /** Seconds: the longest pause before the second try; it doubles from try to try. Default 0.5. */
  readonly firstDelaySeconds: number;
  /** Seconds: the longest pause between two tries, without `Retry-After`. Default 30. */
  readonly maxDelaySeconds: number;
}

/** Default of each value of {@link RetryPolicy}. */
export const defaultRetryPolicy: RetryPolicy = { tries: 6, firstDelaySeconds: 0.5, maxDelaySeconds: 30 };

/** Upper bound of an answer's `Retry-After`. */
const maxRetryAfterSeconds = 300;

/**
 * Pause before the next try, in seconds: the time that the last answer asked for (at most 300 s), and a random time up to a limit
 * that doubles from failure to failure ("full jitter"), so that clients cut off together do not come back together.
 * @param failures in a row, 1 or more
 * @param retryAfterSeconds of the last answer
 */
export function backOffSeconds(
  policy: RetryPolicy,
  failures: number,
  retryAfterSeconds: number | undefined,
): number {
  const ceiling = Math.min(policy.maxDelaySeconds, policy.firstDelaySeconds * 2 ** (failures - 1));
  const requested = Math.min(retryAfterSeconds ?? 0, maxRetryAfterSeconds);
  return requested + Math.random() * ceiling;
}
