import type { abortedError, overNetwork } from './storage-error.ts';
import type { backOffSeconds, RetryPolicy } from './transfer/back-off.ts';
import type { sleep } from './transfer/sleep.ts';
import type { withStallTimeout } from './transfer/with-stall-timeout.ts';
import type { Api } from './transport/api.ts';
import type { StorageEvent } from './wire.ts';

/** Options of {@link Storage.events}. */
export interface EventOptions {
  /** Id of the last event that is known: the next one comes first. Default: only events to come. */
  after?: number;
  /** Types of events. Default: all. */
  types?: readonly StorageEvent['type'][];
  /** Aborting it ends the iteration with `client/aborted`. */
  signal?: AbortSignal;
}

/** Injected rather than imported: this module is loaded on demand, and imports would split the main bundle. */
export interface FollowDeps {
  readonly api: Api;
  readonly policy: RetryPolicy;
  readonly stallSeconds: number;
  readonly abortedError: typeof abortedError;
  readonly backOffSeconds: typeof backOffSeconds;
  readonly overNetwork: typeof overNetwork;
  readonly sleep: typeof sleep;
  readonly withStallTimeout: typeof withStallTimeout;
}

/** An event stream has an id at least every 15 s. */
const maxSilentSeconds = 40;

/** Yields events as they happen. After a break the next connection goes on where the last one ended, for as long as it takes. */
export async function* followEvents(
  deps: FollowDeps,
  { after: first, types, signal }: EventOptions,
): AsyncGenerator<StorageEvent, undefined> {
  const silentSeconds = Math.max(deps.stallSeconds, maxSilentSeconds);
  let after = first;
  let hasBegun = false;
  for (let breaks = 0; ; breaks += 1) {
    let reader: ReadableStreamDefaultReader<string> | undefined;
    try {
      if (breaks > 0) await deps.sleep(deps.backOffSeconds(deps.policy, breaks, undefined), signal);
      const query = { types: types?.join(), after };
      const answer = await deps.api<Response>({ path: '/events/stream', query, signal, isStream: true });
      if (!answer.body) throw new TypeError('The answer has no body.');
      const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      reader = chunks;
      const read = () => deps.overNetwork(chunks.read());
      for (let rest = ''; ; ) {
        const { done, value } = await deps.withStallTimeout(read, silentSeconds, signal);
        if (done) break;
        const blocks = (rest + value).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          const [, id] = /^id: (\d+)$/m.exec(block) ?? [];
          const [, data] = /^data: (.+)$/m.exec(block) ?? [];
          if (!id) continue;
          // It has its number from the first moment on, so that nothing between two connections is left out.
          hasBegun = true;
          breaks = 0;
          after = Number(id);
          if (data) yield JSON.parse(data) as StorageEvent;
        }
      }
    } catch (error) {
      if (signal?.aborted) throw deps.abortedError(signal, 'requesting');
      if (!hasBegun || !(error as { retryable?: boolean }).retryable) throw error;
    } finally {
      reader?.cancel().catch(() => {});
    }
  }
}
