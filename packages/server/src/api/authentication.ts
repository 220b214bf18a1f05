import { errorCodes, StorageError } from '@bkend/storage-contract';
import type { FastifyRequest } from 'fastify';
import type { Credentials } from '../identity/authenticate.ts';
import { type Caller, requireScope, requireSignedIn } from '../identity/caller.ts';
import { type Api, type ApiDeps, routeAccess } from './api.ts';

/**
 * Authenticates the caller of every request and applies the rate limit: to a user or key by its identity, to a guest by its
 * address. Authentication failures count by address too, and look-ups of unknown keys count before they are made, since those are
 * the cost of a failure. A client with a key that was seen before, and a valid token, is not delayed by failures of other clients
 * at the same address.
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
        ...credentialsOf(request),
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
    const credentials = credentialsOf(request);
    request.authenticateAgain = () => authenticate(credentials);
    const { remaining } = limit.require(request.callerName);
    if (limit.perMinute > 0) {
      reply.header('X-RateLimit-Limit', limit.perMinute);
      reply.header('X-RateLimit-Remaining', remaining);
    }
    const { access, scope } = request.routeOptions.config;
    if (access !== undefined && routeAccess[access].isForUsers) requireSignedIn(request.caller);
    if (scope !== undefined) requireScope(request.caller, scope);
  });
}

/** The credentials that a request sends. */
function credentialsOf({ headers }: Pick<FastifyRequest, 'headers'>): Credentials {
  return { apiKey: headerText(headers['x-api-key']), authorization: headers.authorization };
}

/** Whether the credentials are wrong, rather than that they could not be checked. */
function isRefusal(error: unknown): boolean {
  return error instanceof StorageError && errorCodes[error.code].status === 401;
}

function callerName(caller: Caller, address: string): string {
  if (caller.kind === 'guest') return `guest ${caller.tenant} ${address}`;
  return caller.userId === undefined ? `key ${caller.keyId}` : `user ${caller.tenant} ${caller.userId}`;
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
