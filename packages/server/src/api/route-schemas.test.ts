import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { describe, expect, it } from 'vitest';
import { toolTable } from '../mcp/tool-table.ts';
import { type ApiDeps, routeAccess } from './api.ts';
import { createApi } from './create-api.ts';

/** The routes of all applications that the API host creates: its own, and the one behind its description. */
async function readRoutes(): Promise<RouteOptions[]> {
  const found: RouteOptions[] = [];
  const watch = (message: unknown) => {
    // Fastify publishes each instance that is created (its documentation, "Hooks", section "Diagnostics Channel Hooks").
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', (route) => {
      found.push(route);
    });
  };
  subscribe('fastify.initialization', watch);
  const { api } = await createApi({
    files: { limits: { maxJsonBodyBytes: 1024 * 1024 } },
    publicUrl: 'http://127.0.0.1:4500',
    crossOrigin: { corsOrigins: '*' },
    clientAddress: () => '',
    limit: { perMinute: 0, take: () => ({ isAllowed: true }) },
    newRequestId: () => 'request-1',
    health: () => false,
    maxConnections: 1,
    onAnswered: () => {},
    // No route with a caller is called.
  } as unknown as ApiDeps);
  expect((await api.inject('/openapi.json')).statusCode).toBe(200);
  await api.close();
  unsubscribe('fastify.initialization', watch);
  return [...new Map(found.map((route) => [`${route.method} ${route.url}`, route])).values()];
}

const all = await readRoutes();
/** The API itself: the application behind the description is asked for its pages alone, by its own host. */
const routes = all
  .filter(({ url }) => url.startsWith('/v1/'))
  .map((route) => ({ ...route, url: route.url.slice('/v1'.length) }));
const parts = ['body', 'querystring', 'params', 'headers'] as const;
const schemas = all.flatMap(({ method, url, schema }) =>
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
  it('are found for all routes of all paths', () => {
    expect(schemas.length).toBeGreaterThan(80);
    // The route `*` answers preflights.
    expect(new Set(all.map(({ url }) => url.split('/')[1]))).toEqual(
      new Set([undefined, 'v1', 'mcp', 'docs', 'openapi.json']),
    );
  });

  it.each(
    all.filter(({ url }) => /:/.test(url)).map(({ method, url, schema }) => [`${method} ${url}`, schema]),
  )('has one for the parameters of its path: %s', (_, schema) => {
    expect(schema?.params).toBeDefined();
  });

  it.each(toolTable.map((tool) => [tool.name, tool] as const))(
    'have a maximum for every text and list: the tool %s',
    (_, { path, fields }) => {
      expect(findUnbounded({ ...path, ...fields })).toEqual([]);
    },
  );

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
