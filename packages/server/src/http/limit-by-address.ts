import { allowedOrigin, type Origins } from '../projects/origins.ts';
import type { ClientAddress } from './client-address.ts';
import type { Intercept } from './create-host.ts';
import { type RateLimit, tooManyRequests } from './rate-limit.ts';
import { sendError } from './send-error.ts';

export interface LimitByAddressDeps {
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
