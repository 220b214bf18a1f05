import { type Connections, tooManyRequests } from '@bkend/http';
import helmet from '@fastify/helmet';
import type { RouteOptions } from 'fastify';
import type { Api, ApiDeps } from './api.ts';
import { requireCaller } from './authentication.ts';
import { createApp } from './create-app.ts';
import { answerOriginsOfEnvironment, answerPreflights } from './cross-origin.ts';
import { addMcpRoute } from './mcp-route.ts';
import { describeApi } from './openapi/describe-api.ts';
import { addRoutes } from './routes/add-routes.ts';
import { answerUnknownRoutes } from './unknown-routes.ts';

/**
 * Creates the REST API of `docs/http-api.md`. It listens once `listen` of the returned `api` is called. File bytes cannot pass:
 * every route takes JSON alone and answers JSON alone.
 */
export async function createApi(deps: ApiDeps): Promise<{ api: Api; connections: Connections }> {
  const { app, connections } = createApp({
    ...deps,
    maxJsonBodyBytes: deps.files.limits.maxJsonBodyBytes,
  });

  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
      useDefaults: false,
    },
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  });
  await answerPreflights(app, deps.crossOrigin);
  limitPages(app, deps);
  answerUnknownRoutes(app);
  describeApi(app, async () => {
    const { createDescription } = await import('./openapi/create-description.ts');
    return createDescription(deps.publicUrl, (v1) => addRoutes(v1, deps));
  });
  const routes = new Map<string, RouteOptions>();
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) routes.set(`${method} ${route.url}`, route);
  });
  await app.register(
    async (v1) => {
      requireCaller(v1, deps);
      answerOriginsOfEnvironment(v1, deps.crossOrigin);
      keepFromCaches(v1);
      addRoutes(v1, deps);
    },
    { prefix: '/v1' },
  );
  await app.register(async (mcp) => {
    requireCaller(mcp, deps);
    answerOriginsOfEnvironment(mcp, deps.crossOrigin);
    keepFromCaches(mcp);
    addMcpRoute(mcp, { ...deps, routes });
  });
  return { api: app, connections };
}

/** Limits by address the requests that need no key: the description, and unknown paths. */
function limitPages(app: Api, { limit, clientAddress }: Pick<ApiDeps, 'limit' | 'clientAddress'>): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const isPage = request.is404 || request.routeOptions.config.takesNoKey === true;
    const taken = isPage ? limit.take(`page ${clientAddress(request.raw)}`) : undefined;
    if (taken === undefined || taken.isAllowed) done();
    else done(tooManyRequests(limit.perMinute, taken.retryAfterSeconds));
  });
}

/** Keeps answers out of caches between the API and the caller, since they hold presigned URLs and private names. */
function keepFromCaches(app: Api): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('Cache-Control', 'no-store');
    done();
  });
}
