import { RateLimit } from '@bkend/http';
import { ErrorBody, FileView } from '@bkend/storage-contract/schemas';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import type { Caller, Operation, Scope } from '../identity/caller.ts';
import { type ApiDeps, routeAccess } from './api.ts';
import { requireCaller } from './authentication.ts';
import { renderError } from './error-renderer.ts';
import { acceptEmptyJson } from './json-body.ts';
import { addRoutes } from './routes/add-routes.ts';
import { validateRequests } from './validation.ts';

const tenant = 'app/dev';
const guest: Caller = { kind: 'guest', tenant, keyId: 'k', scopes: [] };

/** All routes, for one caller. */
async function createApi(caller: Caller) {
  const routes: { method: string; url: string; isForUsers: boolean; scope: Operation | undefined }[] = [];
  const app = Fastify({ routerOptions: { maxParamLength: 16_384 } }).withTypeProvider<TypeBoxTypeProvider>();
  validateRequests(app);
  app.setErrorHandler(renderError);
  acceptEmptyJson(app);
  app.addSchema(FileView);
  app.addSchema(ErrorBody);
  app.addHook('onRoute', ({ method, url, config }) => {
    if (method === 'HEAD') return;
    routes.push({
      method: [method].flat().join(),
      url,
      isForUsers: config?.access !== undefined && routeAccess[config.access].isForUsers,
      scope: config?.scope,
    });
  });
  requireCaller(app, {
    authenticate: async () => caller,
    limit: new RateLimit(0),
    clientAddress: () => '127.0.0.1',
  });
  // No verb is reached.
  addRoutes(app, {} as ApiDeps);
  await app.ready();
  return { app, routes };
}

type TestApi = Awaited<ReturnType<typeof createApi>>;

/** Sends a route a request that is valid in nothing. */
function sendNonsense({ app }: TestApi, { method, url }: Pick<TestApi['routes'][number], 'method' | 'url'>) {
  return app.inject({
    method: method as 'POST',
    url: `${url.replace(/:\w+/g, 'x'.repeat(400))}?limit=no&scope=no`,
    headers: { 'content-type': 'application/json' },
    ...(method !== 'GET' && { payload: '{"originalName": 7, broken' }),
  });
}

describe('a route for signed-in users', async () => {
  const api = await createApi(guest);
  const closed = api.routes.filter(({ isForUsers }) => isForUsers);

  it('is every route but those of single files and lists, which guests may read', () => {
    const open = api.routes
      .filter(({ isForUsers }) => !isForUsers)
      .map(({ method, url }) => `${method} ${url}`);
    expect(open.sort()).toEqual([
      'GET /files',
      'GET /files/:fileId',
      'GET /files/:fileId/download-url',
      'GET /files/facets',
      'GET /files/positions',
      'GET /folders',
      'GET /users/:userId/avatar',
      'POST /files/:fileId/download-url',
      'POST /files/:fileId/image-url',
      'POST /files/download-urls',
    ]);
  });

  it.each(closed)('answers 401 to a guest, whatever the request holds: $method $url', async (route) => {
    expect((await sendNonsense(api, route)).json()).toMatchObject({
      statusCode: 401,
      error: { code: 'common/authentication-required' },
    });
  });
});

describe('every route', async () => {
  const api = await createApi({ kind: 'admin', tenant, keyId: 'k', scopes: ['none:none' as Scope] });

  it.each(api.routes)(
    'answers 403 to a key without its scope, whatever the request holds: $method $url',
    async (route) => {
      expect((await sendNonsense(api, route)).json()).toMatchObject({
        statusCode: 403,
        error: { code: 'auth/scope-insufficient', details: { required: route.scope } },
      });
    },
  );
});
