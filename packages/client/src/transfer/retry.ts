import type { Phase, StorageError } from '../storage-error.ts';
import { abortedError, toStorageError } from '../storage-error.ts';
import { backOffSeconds, type RetryPolicy } from './back-off.ts';
import { type Gate, interruption } from './gate.ts';
import { sleep } from './sleep.ts';

export interface RetryContext {
  readonly policy: RetryPolicy;
  /** Default: the policy's. */
  readonly tries?: number;
  readonly phase: Phase;
  readonly signal?: AbortSignal | undefined;
  /** While it is closed no try starts, and a try that it interrupts is not counted. */
  readonly gate?: Gate | undefined;
  /** A number that grows with success: when it has grown since the last failure, counting starts again. */
  readonly progress?: (() => number) | undefined;
  /** While the machine is offline, the return of the network: no try starts before it, and none is counted. */
  readonly platform: { whenOnline?(signal?: AbortSignal): Promise<void> | undefined };
  readonly onRetry?: (error: StorageError) => void;
}

/**
 * Does the work until it succeeds, fails for good, or has failed `tries` times in a row. Pauses between tries, see
 * {@link backOffSeconds}.
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
      // The caller's code that did not answer is not asked again.
      if (!error.retryable || error.details.waitingFor) throw error;
      const reached = progress?.();
      if (reached !== mark) failures = 0;
      mark = reached;
      failures += 1;
      const online = error.status ? undefined : context.platform.whenOnline?.(signal);
      if (online) failures = 0;
      if (failures >= tries) throw error;
      context.onRetry?.(error);
      pause = online ?? sleep(backOffSeconds(policy, failures, error.retryAfterSeconds), signal);
    }
  }
}
