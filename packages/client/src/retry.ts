import { type Gate, interruption } from './gate.ts';
import type { Phase, StorageError } from './storage-error.ts';
import { abortedError, toStorageError } from './storage-error.ts';
import { sleep } from './until.ts';

/** How often, and how patiently, a call is tried. */
export interface RetryPolicy {
  /** Default 6. */
  readonly tries: number;
  /** The longest wait before the second try, in seconds; it doubles from try to try. Default 0.5. */
  readonly firstDelaySeconds: number;
  /** Default 30. */
  readonly maxDelaySeconds: number;
}

export const defaultRetryPolicy: RetryPolicy = { tries: 6, firstDelaySeconds: 0.5, maxDelaySeconds: 30 };

/** No `Retry-After` makes us wait longer than this. */
const maxRetryAfterSeconds = 300;

export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly phase: Phase;
  readonly signal?: AbortSignal | undefined;
  /** While it is closed nothing is tried, and what it interrupts is not counted as a try. */
  readonly gate?: Gate | undefined;
  /** Something that grows with success: when it has grown since the last failure, the tries are counted anew. */
  readonly progress?: () => number;
  /** While the machine is offline: the return of the network. */
  readonly whenOnline?: ((signal?: AbortSignal) => Promise<void> | undefined) | undefined;
  readonly onRetry?: (error: StorageError) => void;
}

/** What has been tried to the end already: an outer policy does not begin it anew. */
const givenUp = new WeakSet<StorageError>();

/**
 * Does the work until it succeeds, fails for good, or has failed too often. Between two tries it waits a random time up
 * to a doubling limit ("full jitter"), so that many clients cut off at once do not come back at once.
 */
export async function retry<T>(work: () => Promise<T>, context: RetryContext): Promise<T> {
  const { policy, phase, signal, gate, progress } = context;
  let failures = 0;
  let mark = progress?.() ?? 0;
  for (;;) {
    try {
      signal?.throwIfAborted();
      await gate?.whenOpen(signal);
      return await work();
    } catch (thrown) {
      if (signal?.aborted) throw abortedError(signal, phase);
      if (thrown === interruption) continue;
      const error = toStorageError(thrown, phase);
      const reached = progress?.() ?? 0;
      if (reached > mark) failures = 0;
      mark = reached;
      failures += 1;
      if (givenUp.has(error) || !error.retryable) throw error;
      const online = error.status === undefined ? context.whenOnline?.(signal) : undefined;
      if (failures >= policy.tries && !online) {
        givenUp.add(error);
        throw error;
      }
      context.onRetry?.(error);
      const pause = online
        ? online.then(() => {
            failures = 0;
          })
        : sleep(delay(policy, failures, error), signal);
      await pause.catch(() => {
        throw abortedError(signal ?? AbortSignal.abort(), phase);
      });
    }
  }
}

function delay(policy: RetryPolicy, failures: number, error: StorageError): number {
  const ceiling = Math.min(policy.maxDelaySeconds, policy.firstDelaySeconds * 2 ** (failures - 1));
  const asked = Math.min(error.retryAfterSeconds ?? 0, maxRetryAfterSeconds);
  return asked + Math.random() * ceiling;
}
