import { type Gate, interruption } from './gate.ts';
import type { Platform } from './platform.ts';
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

/** No `Retry-After` makes us wait longer than this. */
const maxRetryAfterSeconds = 300;

export interface RetryContext {
  readonly policy: RetryPolicy;
  /** Default: the policy's. */
  readonly tries?: number;
  readonly phase: Phase;
  readonly signal?: AbortSignal | undefined;
  /** While it is closed nothing is tried, and what it interrupts is not counted as a try. */
  readonly gate?: Gate | undefined;
  /** Something that grows with success: when it has grown since the last failure, the tries are counted anew. */
  readonly progress?: () => number;
  /** Knows whether the machine is offline: then nothing is tried, or counted, before it is back. */
  readonly platform: Pick<Platform, 'whenOnline'>;
  readonly onRetry?: (error: StorageError) => void;
}

/**
 * Does the work until it succeeds, fails for good, or has failed too often. Between two tries it waits a random time up
 * to a doubling limit ("full jitter"), so that many clients cut off at once do not come back at once.
 */
export async function retry<T>(work: () => Promise<T>, context: RetryContext): Promise<T> {
  const { policy, tries = policy.tries, phase, signal, gate, progress } = context;
  let failures = 0;
  let mark = progress?.();
  let pause: Promise<void> | undefined;
  for (;;) {
    try {
      await pause;
      signal?.throwIfAborted();
      await gate?.whenOpen(signal);
      return await work();
    } catch (thrown) {
      pause = undefined;
      if (signal?.aborted) throw abortedError(signal, phase);
      if (thrown === interruption) continue;
      const error = toStorageError(thrown, phase);
      // The caller's own code that is silent is asked once.
      if (!error.retryable || error.details.waitingFor) throw error;
      const reached = progress?.();
      if (reached !== mark) failures = 0;
      mark = reached;
      failures += 1;
      const online = error.status ? undefined : context.platform.whenOnline?.(signal);
      if (online) failures = 0;
      if (failures >= tries) throw error;
      context.onRetry?.(error);
      pause = online ?? sleep(delay(policy, failures, error), signal);
    }
  }
}

function delay(policy: RetryPolicy, failures: number, error: StorageError): number {
  const ceiling = Math.min(policy.maxDelaySeconds, policy.firstDelaySeconds * 2 ** (failures - 1));
  const asked = Math.min(error.retryAfterSeconds ?? 0, maxRetryAfterSeconds);
  return asked + Math.random() * ceiling;
}
