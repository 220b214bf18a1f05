import { stallError } from './attempt.ts';
import type { Gate } from './gate.ts';
import { race } from './until.ts';

/**
 * Waits for a promise of the caller's own, such as the next chunk of a stream: the SDK cannot know whether it will ever
 * settle. Rejects with `client/stalled` after `stallSeconds`, and with the signal's reason as soon as that aborts.
 */
export type Wait = <T>(work: T | PromiseLike<T>) => Promise<T>;

/** What limits a {@link Wait}. */
export interface WaitLimits {
  readonly stallSeconds: number;
  readonly signal?: AbortSignal;
  /** While it is closed, silence is no stall. */
  readonly gate?: Gate;
}

/** @param waitingFor as errors name it, in `details.waitingFor` */
export function createWait(
  waitingFor: 'accessToken' | 'source',
  { stallSeconds, signal, gate }: WaitLimits,
): Wait {
  return async (work) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      const listen = () => {
        timer = setTimeout(
          () => (gate?.signal.aborted ? listen() : reject(stallError(stallSeconds, waitingFor))),
          stallSeconds * 1000,
        );
      };
      listen();
    });
    try {
      return await race(Promise.race([work, silence]), signal);
    } finally {
      clearTimeout(timer);
    }
  };
}
