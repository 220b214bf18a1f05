import { errorStatus, StorageError } from '@bkend/storage-contract';
import { type Caller, requireUser } from '../identity/caller.ts';
import type { Api, ApiDeps } from './api.ts';

/** The `config` of routes that are not for guests: they are refused before their body is read. */
export const forUsers = { requires: 'user' } as const;

/**
 * Finds the caller of every request in this part of the API, and holds each to the rate limit: users and keys by what they proved
 * to be, guests, who prove nothing, by their address. Failures count by address too, and look-ups of unknown keys before they are
 * made, since those are what a failure costs. Who shows a key that was seen before, and a good token, is not held up by the
 * failures of others at the same address.
 */
export function requireCaller(
  app: Api,
  { authenticate, limit, clientAddress }: Pick<ApiDeps, 'authenticate' | 'limit' | 'clientAddress'>,
): void {
  app.addHook('onRequest', async (request, reply) => {
    const address = clientAddress(request.raw);
    const failure = `failure ${address}`;
    let isCounted = false;
    const beforeLookUp = () => {
      limit.require(failure);
      isCounted = true;
    };
    try {
      request.caller = await authenticate({
        apiKey: headerText(request.headers['x-api-key']),
        authorization: request.headers.authorization,
        beforeLookUp,
      });
    } catch (error) {
      if (!isRefusal(error)) {
        if (isCounted) limit.giveBack(failure);
      } else if (!isCounted) limit.require(failure);
      throw error;
    }
    if (isCounted) limit.giveBack(failure);
    request.callerName = callerName(request.caller, address);
    const { remaining } = limit.require(request.callerName);
    if (limit.perMinute > 0) {
      reply.header('X-RateLimit-Limit', limit.perMinute);
      reply.header('X-RateLimit-Remaining', remaining);
    }
    if (request.routeOptions.config.requires === 'user') requireUser(request.caller);
  });
}

/** The credentials are wrong, rather than that it could not be found out. */
function isRefusal(error: unknown): boolean {
  return error instanceof StorageError && errorStatus[error.code] === 401;
}

function callerName(caller: Caller, address: string): string {
  if (caller.kind === 'guest') return `guest ${caller.tenant} ${address}`;
  return caller.userId === undefined ? `key ${caller.keyId}` : `user ${caller.tenant} ${caller.userId}`;
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
