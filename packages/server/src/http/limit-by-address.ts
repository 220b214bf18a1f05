import type { ClientAddress } from './client-address.ts';
import type { Intercept } from './create-host.ts';
import { type RateLimit, tooManyRequests } from './rate-limit.ts';
import { sendError } from './send-error.ts';

/** Refuses the requests of an address that has used up its minute; for hosts whose callers show no key. */
export function limitByAddress(
  limit: RateLimit,
  clientAddress: ClientAddress,
  newRequestId: () => string,
): Intercept {
  return (request, response) => {
    const { isAllowed, retryAfterSeconds } = limit.take(clientAddress(request));
    if (isAllowed) return false;
    response.setHeader('Access-Control-Allow-Origin', '*');
    sendError(response, tooManyRequests(limit.perMinute, retryAfterSeconds), newRequestId());
    return true;
  };
}
