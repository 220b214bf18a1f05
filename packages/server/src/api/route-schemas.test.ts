import { ErrorBody, FileView } from '@bkend/storage-contract/schemas';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type RouteOptions } from 'fastify';
import { describe, expect, it } from 'vitest';
import { type ApiDeps, routeAccess } from './api.ts';
import { addRoutes } from './routes/add-routes.ts';

async function readRoutes(): Promise<RouteOptions[]> {
  const routes: RouteOptions[] = [];
  const app = Fastify().withTypeProvider<TypeBoxTypeProvider>();
  app.addSchema(FileView);
  app.addSchema(ErrorBody);
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  // None of them is called.
  addRoutes(app, {} as ApiDeps);
  await app.ready();
  return routes;
}

const routes = await readRoutes();
const parts = ['body', 'querystring', 'params', 'headers'] as const;
const schemas = routes.flatMap(({ method, url, schema }) =>
  parts.flatMap((part) => {
    const found = schema?.[part];
    return found === undefined ? [] : [[`${part} of ${[method].flat().join()} ${url}`, found] as const];
  }),
);

/** Paths of the texts and lists in a schema that have no maximum. */
function findUnbounded(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own: string[] = [];
  if ('type' in schema) {
    const isClosed = 'enum' in schema || 'const' in schema;
    if (schema.type === 'string' && !isClosed && !('maxLength' in schema)) own.push(`${path}: text`);
    if (schema.type === 'array' && !('maxItems' in schema)) own.push(`${path}: list`);
  }
  return own.concat(Object.entries(schema).flatMap(([name, part]) => findUnbounded(part, `${path}/${name}`)));
}

describe('the schemas of requests', () => {
  it('are found for all routes', () => {
    expect(schemas.length).toBeGreaterThan(25);
  });

  it.each(schemas)('have a maximum for every text and list: %s', (_, schema) => {
    expect(findUnbounded(schema)).toEqual([]);
  });

  it('are reported where a maximum is missing', () => {
    expect(findUnbounded({ properties: { a: { type: 'array', items: { type: 'string' } } } })).toHaveLength(
      2,
    );
  });
});

describe('the routes that guests may call with a body', () => {
  it('are those of downloads and images, and take no more than 16 KiB', () => {
    const open = routes.filter(
      ({ method, config }) =>
        [method].flat().some((name) => ['POST', 'PUT', 'PATCH', 'DELETE'].includes(name)) &&
        !(config?.access && routeAccess[config.access].isForUsers),
    );
    expect(open.map(({ url }) => url)).toEqual([
      '/files/:fileId/download-url',
      '/files/download-urls',
      '/files/:fileId/image-url',
    ]);
    for (const { bodyLimit } of open) expect(bodyLimit).toBeLessThanOrEqual(16 * 1024);
  });
});

describe('every route', () => {
  it.each(routes.map(({ method, url, config }) => [`${[method].flat().join()} ${url}`, config] as const))(
    'names its callers: %s',
    (_, config) => {
      expect(config?.access).toBeDefined();
    },
  );
});
