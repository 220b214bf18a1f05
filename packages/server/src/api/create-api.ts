import { METHODS } from 'node:http';
import { ErrorBody, FileView } from '@bkend/storage-contract/schemas';
import helmet from '@fastify/helmet';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import type { Connections } from '../http/connections.ts';
import { createHost, type Listener } from '../http/create-host.ts';
import { tooManyRequests } from '../http/rate-limit.ts';
import type { Api, ApiDeps } from './api.ts';
import { requireCaller } from './authentication.ts';
import { answerOriginsOfEnvironment, answerPreflights } from './cross-origin.ts';
import { describeApi } from './describe-api.ts';
import { renderError } from './error-renderer.ts';
import { acceptEmptyJson } from './json-body.ts';
import { addRoutes } from './routes/add-routes.ts';
import { answerUnknownRoutes } from './unknown-routes.ts';
import { validateRequests } from './validation.ts';

/**
 * The REST API of the contract's sections 2 to 5, without a socket: call `listen` on what comes back. File bytes have no
 * way through here: no route takes anything but JSON, and none answers with anything else.
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
    // The host answers what makes no request.
    clientErrorHandler: () => {},
    // How long a parameter may be is said by its schema; no URL is longer than its headers may be.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) => renderError(error, request, reply),
  }).withTypeProvider<TypeBoxTypeProvider>();

  // The framework's own answer to other methods is a 400; as known ones they are a 405 where the path is one of ours.
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
  describeApi(app, deps.publicUrl, (v1) => addRoutes(v1, deps));
  await app.register(
    async (v1) => {
      requireCaller(v1, deps);
      answerOriginsOfEnvironment(v1, deps.crossOrigin);
      keepFromCaches(v1);
      addRoutes(v1, deps);
    },
    { prefix: '/v1' },
  );
  return { api: app, connections: host.connections };
}

/** Gives every answer its id, and tells of it when it has been sent. */
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

/** What takes no key, the description and paths that lead nowhere, is limited by address. */
function limitPages(app: Api, { limit, clientAddress }: Pick<ApiDeps, 'limit' | 'clientAddress'>): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const isPage = request.is404 || request.routeOptions.config.takesNoKey === true;
    const taken = isPage ? limit.take(`page ${clientAddress(request.raw)}`) : undefined;
    if (taken === undefined || taken.isAllowed) done();
    else done(tooManyRequests(limit.perMinute, taken.retryAfterSeconds));
  });
}

/** Answers hold presigned URLs and private names: no cache between us and the caller may keep them. */
function keepFromCaches(app: Api): void {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('Cache-Control', 'no-store');
    done();
  });
}
