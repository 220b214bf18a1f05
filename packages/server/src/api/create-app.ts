import { METHODS } from 'node:http';
import { type Connections, createHost, type Intercept, type Listener } from '@bkend/http';
import { ErrorBody, FileView } from '@bkend/storage-contract/schemas';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import type { AnsweredRequest } from '../observability/request-log.ts';
import type { Api } from './api.ts';
import { renderError } from './error-renderer.ts';
import { acceptEmptyJson } from './json-body.ts';
import { validateRequests } from './validation.ts';

export interface AppDeps {
  readonly maxJsonBodyBytes: number;
  readonly newRequestId: () => string;
  /** Answers health, before everything else; false for a request of another path. */
  readonly health: Intercept;
  /** Open connections. */
  readonly maxConnections: number;
  readonly onAnswered: (request: AnsweredRequest) => void;
}

/**
 * Creates an application without routes, for hosts that take JSON and answer it: framing, validation by schemas, errors, request
 * ids and the request log. It listens once `listen` of the returned `app` is called.
 */
export function createApp(deps: AppDeps): { app: Api; connections: Connections } {
  let answer: Listener = () => {};
  const { newRequestId, maxConnections } = deps;
  const host = createHost({
    first: [deps.health],
    listener: (request, response) => answer(request, response),
    newRequestId,
    maxConnections,
  });
  const app = Fastify({
    bodyLimit: deps.maxJsonBodyBytes,
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
  return { app, connections: host.connections };
}

/** Gives every answer its request id, and reports it to `onAnswered` once it has been sent. */
function observe(app: Api, onAnswered: AppDeps['onAnswered']): void {
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
