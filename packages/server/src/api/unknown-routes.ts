import { METHODS } from 'node:http';
import { pathOf } from '@bkend/http';
import { StorageError } from '@bkend/storage-contract';
import createRouter, { type HTTPMethod } from 'find-my-way';
import type { Api } from './api.ts';

/** Methods that Node knows; the types of the router leave the newest out. */
const methods = METHODS as HTTPMethod[];

/**
 * Answers 404 to an unknown path, and 405 with the allowed methods to a known path with another method (RFC 9110, section
 * 15.5.6). Both are answered before the body is read. The allowed methods are found by the framework's own router, so that a path
 * that several routes match, `/v1/folders/move` and `/v1/folders/*`, has the methods of all of them.
 */
export function answerUnknownRoutes(app: Api): void {
  const { maxParamLength } = app.initialConfig.routerOptions ?? {};
  const router = createRouter({ ...(maxParamLength !== undefined && { maxParamLength }) });
  app.addHook('onRoute', ({ url, method }) => {
    // `*` answers preflights, which every path has.
    if (url === '*') return;
    for (const name of [method].flat() as HTTPMethod[]) {
      // HEAD is announced by its own route and, again, by that of GET.
      if (!router.hasRoute(name, url)) router.on(name, url, () => {});
    }
  });
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) {
      done();
      return;
    }
    const path = pathOf(request.url);
    const allow = methods.filter((method) => router.find(method, path) !== null).sort();
    if (allow.length === 0) {
      done(new StorageError('common/not-found', `There is no route ${path}.`));
      return;
    }
    reply.header('Allow', allow.join(', '));
    const message = `${path} takes ${allow.join(', ')}.`;
    done(new StorageError('common/method-not-allowed', message, { details: { allow } }));
  });
}
