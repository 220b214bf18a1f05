import { METHODS } from 'node:http';
import { type Connections, createHost, type Listener, tooManyRequests } from '@bkend/http';
import { ErrorBody, FileView } from '@bkend/storage-contract/schemas';
import helmet from '@fastify/helmet';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type RouteOptions } from 'fastify';
import type { Api, ApiDeps } from './api.ts';
import { requireCaller } from './authentication.ts';
import { answerOriginsOfEnvironment, answerPreflights } from './cross-origin.ts';
import { renderError } from './error-renderer.ts';
import { acceptEmptyJson } from './json-body.ts';
import { addMcpRoute } from './mcp-route.ts';
import { describeApi } from './openapi/describe-api.ts';
import { addRoutes } from './routes/add-routes.ts';
import { answerUnknownRoutes } from './unknown-routes.ts';
import { validateRequests } from './validation.ts';

/**
 * Creates the REST API of `docs/http-api.md`. It listens once `listen` of the returned `api` is called. File bytes cannot pass:
 * every route takes JSON alone and answers JSON alone.
 */
export async function createApi(deps: ApiDeps): Promise<{ api: Api; connections: Connections }> {
  let answer: Listener = () => {};
  const { newRequestId, maxConnections } = deps;
  const host = createHost({
    first: [deps.health],
    listener: (request, response) => answer(request, response),
    newRequestId,
    maxConnections,
  });
  const app = Fastify({
    bodyLimit: deps.files.limits.maxJsonBodyBytes,
    genReqId: newRequestId,
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    serverFactory: (listener) => {
      answer = listener;
      return host.server;
    },
    // The host answers bytes that are no request.
    clientErrorHandler: () => {},
    // Schemas limit the length of parameters; a URL is at most as long as all headers may be.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) => renderError(error, request, reply),
  }).withTypeProvider<TypeBoxTypeProvider>();

  // The framework answers 400 to methods that it does not know; to known ones it answers 405 where the path exists.
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !app.supportedMethods.includes(method)) app.addHttpMethod(method);
  }
  validateRequests(app);
  app.setErrorHandler(renderError);
  acceptEmptyJson(app);
  app.addSchema(FileView);
  app.addSchema(ErrorBody);
  observe(app, deps.onAnswered);

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
  return { api: app, connections: host.connections };
}

/** Gives every answer its request id, and reports it to `onAnswered` once it has been sent. */
function observe(app: Api, onAnswered: ApiDeps['onAnswered']): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Request-Id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    onAnswered({
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'unknown',
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      ...(request.caller && { caller: request.caller }),
      ...(request.refusal !== undefined && { error: request.refusal }),
    });
    done();
  });
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
