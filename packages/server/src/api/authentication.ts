import { StorageError } from '@bkend/storage-contract';
import type { FastifyRequest } from 'fastify';
import { type Caller, requireUser } from '../identity/caller.ts';
import type { Api, ApiDeps } from './api.ts';

/** The `config` of routes that are not for guests: they are refused before their body is read. */
export const forUsers = { requires: 'user' } as const;

/**
 * Finds the caller of every request in this part of the API, and holds each to the rate limit. A caller is counted under
 * what it proved to be; before that, and for guests, who prove nothing, under the socket's address, which a header cannot
 * change.
 */
export function requireCaller(app: Api, deps: Pick<ApiDeps, 'authenticate' | 'rateLimitPerMinute'>): void {
  const limit = createLimit(app, deps.rateLimitPerMinute);
  app.addHook('onRequest', async (request) => {
    request.caller = await deps
      .authenticate({
        apiKey: headerText(request.headers['x-api-key']),
        authorization: request.headers.authorization,
      })
      .catch(async (refusal: unknown) => {
        await limit(request, `address ${request.socket.remoteAddress}`);
        throw refusal;
      });
    await limit(request, callerName(request.caller, request));
    if (request.routeOptions.config.requires === 'user') requireUser(request.caller);
  });
}

type Limit = (request: FastifyRequest, name: string) => Promise<void>;

/** @throws `common/too-many-requests` with `details.retryAfterSeconds`, from the function it makes */
function createLimit(app: Api, perMinute: number): Limit {
  if (perMinute === 0) return async () => {};
  const names = new WeakMap<FastifyRequest, string>();
  const count = app.createRateLimit({
    max: perMinute,
    timeWindow: 60_000,
    keyGenerator: (request) => names.get(request) ?? '',
  });
  return async (request, name) => {
    names.set(request, name);
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) {
      throw new StorageError(
        'common/too-many-requests',
        `At most ${perMinute} requests a minute: wait ${counted.ttlInSeconds} seconds.`,
        { details: { retryAfterSeconds: counted.ttlInSeconds } },
      );
    }
  };
}

function callerName(caller: Caller, request: FastifyRequest): string {
  if (caller.kind === 'guest') return `guest ${caller.keyId} ${request.socket.remoteAddress}`;
  return caller.userId === undefined ? `key ${caller.keyId}` : `user ${caller.tenant} ${caller.userId}`;
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
