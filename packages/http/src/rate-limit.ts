import { type Origins, StorageError } from '@bkend/storage-contract';
import { LRUCache } from 'lru-cache';
import type { ClientAddress } from './client-address.ts';
import type { Intercept } from './create-host.ts';
import { allowedOrigin } from './origins.ts';
import { sendError } from './send-error.ts';

const minuteMs = 60_000;

/** Callers remembered at once; beyond it the one that was quiet longest begins anew. */
const maxCallers = 50_000;

/** How much of its minute a caller has used. */
interface Window {
  used: number;
  readonly endsAtMs: number;
}

export interface Taken {
  readonly isAllowed: boolean;
  /** Requests left in this minute. */
  readonly remaining: number;
  /** Until the next minute of this caller. */
  readonly retryAfterSeconds: number;
}

/** Counts requests by caller, in minutes that begin with a caller's first one. Each process counts for itself. */
export class RateLimit {
  /** 0 is no limit. */
  readonly perMinute: number;
  readonly #windows = new LRUCache<string, Window>({ max: maxCallers });
  readonly #nowMs: () => number;

  constructor(perMinute: number, nowMs = () => performance.now()) {
    this.perMinute = perMinute;
    this.#nowMs = nowMs;
  }

  /** Counts one request. */
  take(caller: string): Taken {
    if (this.perMinute === 0)
      return { isAllowed: true, remaining: Number.POSITIVE_INFINITY, retryAfterSeconds: 0 };
    const nowMs = this.#nowMs();
    let window = this.#windows.get(caller);
    if (window === undefined || nowMs >= window.endsAtMs) {
      window = { used: 0, endsAtMs: nowMs + minuteMs };
      this.#windows.set(caller, window);
    }
    const isAllowed = window.used < this.perMinute;
    if (isAllowed) window.used += 1;
    return {
      isAllowed,
      remaining: this.perMinute - window.used,
      retryAfterSeconds: Math.ceil((window.endsAtMs - nowMs) / 1000),
    };
  }

  /** @throws `common/too-many-requests` with `details.retryAfterSeconds` and `details.limit` */
  require(caller: string): Taken {
    const taken = this.take(caller);
    if (!taken.isAllowed) throw tooManyRequests(this.perMinute, taken.retryAfterSeconds);
    return taken;
  }

  /** Takes one request back that was counted before it was known whether it counts. */
  giveBack(caller: string): void {
    const window = this.#windows.peek(caller);
    if (window !== undefined && window.used > 0) window.used -= 1;
  }
}

export function tooManyRequests(limit: number, retryAfterSeconds: number): StorageError {
  return new StorageError(
    'common/too-many-requests',
    `At most ${limit} requests a minute: wait ${retryAfterSeconds} seconds.`,
    { details: { retryAfterSeconds, limit } },
  );
}

export function tooManyAtOnce(limit: number): StorageError {
  return new StorageError(
    'common/too-many-requests',
    `${limit} requests like this one wait already: send them one after the other.`,
    { details: { retryAfterSeconds: 1 } },
  );
}

interface LimitByAddressDeps {
  readonly clientAddress: ClientAddress;
  readonly newRequestId: () => string;
  /** Whose pages may read the refusal. */
  readonly origins: Origins;
}

/** Refuses the requests of an address that has used up its minute; for hosts whose callers show no key. */
export function limitByAddress(
  limit: RateLimit,
  { clientAddress, newRequestId, origins }: LimitByAddressDeps,
): Intercept {
  return (request, response) => {
    const { isAllowed, retryAfterSeconds } = limit.take(clientAddress(request));
    if (isAllowed) return false;
    const origin = allowedOrigin(origins, request.headers.origin);
    if (origin !== undefined) response.setHeader('Access-Control-Allow-Origin', origin);
    sendError(response, tooManyRequests(limit.perMinute, retryAfterSeconds), newRequestId());
    return true;
  };
}
